import assert from "node:assert/strict";
import type { Delivery, QueueDriver } from "../../queue/driver.ts";
import { below, oneIn, seededRandom } from "../random.ts";
import { assertEmpty, type QueueCase, type QueueHarness } from "./harness.ts";
import { QueueModel } from "./model.ts";

const seeds = [1, 2, 3, 4];
const steps = 100;

/** Consumers that do anything at any time, compared with a model after each step. */
export const randomCases: readonly QueueCase[] = [
  {
    name: "loses nothing and brings back nothing, whatever its consumers do",
    run: async (harness) => {
      for (const seed of seeds) {
        try {
          await new Play(harness, seededRandom(seed)).run();
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : String(cause);
          throw new assert.AssertionError({ message: `with seed ${seed}: ${reason}` });
        }
      }
    },
  },
];

class Play {
  readonly #harness: QueueHarness;
  readonly #random: () => number;
  readonly #model = new QueueModel();
  readonly #consumers: QueueDriver[] = [];
  readonly #held: Delivery[][] = [[], []];

  constructor(harness: QueueHarness, random: () => number) {
    this.#harness = harness;
    this.#random = random;
  }

  async run(): Promise<void> {
    for (const _ of this.#held) this.#consumers.push(await this.#harness.open());
    for (let step = 0; step < steps; step += 1) {
      const consumer = below(this.#random, this.#consumers.length);
      await this.#act(this.#driver(consumer), consumer);
      assert.equal((await this.#driver(0).depth()).messages, this.#model.size, `depth after step ${step}`);
    }
    await this.#drain();
  }

  #act(driver: QueueDriver, consumer: number): Promise<void> {
    if (oneIn(this.#random, 25)) return this.#reopen(driver, consumer);
    switch (below(this.#random, 6)) {
      case 0:
        return this.#send(driver);
      case 1:
        return this.#ack(driver, consumer);
      case 2:
        return this.#retry(driver, consumer);
      case 3:
        return this.#extend(driver, consumer);
      default:
        return this.#receive(driver, consumer);
    }
  }

  async #send(driver: QueueDriver): Promise<void> {
    const count = 1 + below(this.#random, 8);
    await driver.send(Array.from({ length: count }, () => this.#model.send()));
  }

  async #receive(driver: QueueDriver, consumer: number): Promise<void> {
    const deliveries = await driver.receive(1 + below(this.#random, 6), AbortSignal.timeout(30));
    for (const delivery of deliveries) this.#model.handedOut(delivery, consumer);
    this.#held[consumer]?.push(...deliveries);
  }

  async #ack(driver: QueueDriver, consumer: number): Promise<void> {
    const done = this.#takeSome(consumer);
    await driver.ack(done);
    for (const delivery of done) this.#model.acknowledged(delivery);
  }

  async #retry(driver: QueueDriver, consumer: number): Promise<void> {
    for (const delivery of this.#takeSome(consumer)) {
      const options = { delayMs: below(this.#random, 2) * 30, attempt: 1 + below(this.#random, 9) };
      this.#model.retried(delivery, options.attempt, options.delayMs);
      await driver.retry(delivery, options);
    }
  }

  async #extend(driver: QueueDriver, consumer: number): Promise<void> {
    await driver.extend(this.#held[consumer] ?? []);
  }

  async #reopen(driver: QueueDriver, consumer: number): Promise<void> {
    await driver.close();
    this.#model.closed(consumer);
    this.#held[consumer] = [];
    this.#consumers[consumer] = await this.#harness.open();
  }

  /** All that is left comes, and then nothing is left. */
  async #drain(): Promise<void> {
    for (const consumer of this.#consumers.keys()) await this.#reopen(this.#driver(consumer), consumer);
    const driver = this.#driver(0);
    const end = performance.now() + 10_000;
    while (this.#model.size > 0) {
      assert.ok(performance.now() < end, `${this.#model.size} messages are lost`);
      await this.#receive(driver, 0);
      await this.#ackAll(driver);
    }
    await assertEmpty(driver);
    for (const consumer of this.#consumers) await consumer.close();
  }

  async #ackAll(driver: QueueDriver): Promise<void> {
    const deliveries = this.#held[0]?.splice(0) ?? [];
    await driver.ack(deliveries);
    for (const delivery of deliveries) this.#model.acknowledged(delivery);
  }

  /** Some of what the consumer holds, which it then holds no more. */
  #takeSome(consumer: number): readonly Delivery[] {
    const held = this.#held[consumer] ?? [];
    return held.splice(below(this.#random, held.length + 1), 1 + below(this.#random, 4));
  }

  #driver(consumer: number): QueueDriver {
    const driver = this.#consumers[consumer];
    assert.ok(driver !== undefined);
    return driver;
  }
}

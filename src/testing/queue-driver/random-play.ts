import assert from "node:assert/strict";
import type { QueueDriver, RetryOptions } from "../../queue/driver.ts";
import { type PlayClock, type Span, wallClock } from "../play.ts";
import type { QueueHarness } from "./harness.ts";
import { type Hand, QueueModel } from "./model.ts";

/** A harness of an engine that can be played with faster than time passes, or that can lose a consumer at once. */
export interface QueuePlayHarness extends QueueHarness {
  readonly clock?: PlayClock;
  /** As kill -9 would do. Without it, a consumer that is killed is one that never answers. */
  readonly kill?: (driver: QueueDriver) => Promise<void>;
}

/** Consumers of one storage that do what they are told, compared with a model after each step. */
export class QueuePlay {
  readonly #harness: QueuePlayHarness;
  readonly #clock: PlayClock;
  readonly #leaseMs: number;
  readonly #model: QueueModel;
  readonly #consumers: QueueDriver[] = [];
  /** What each consumer was handed and can still speak of, acknowledged or not. */
  readonly #hands: Hand[][] = [];

  constructor(harness: QueuePlayHarness, leaseMs: number) {
    const { clock = wallClock } = harness;
    this.#harness = harness;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#model = new QueueModel(leaseMs, clock.toleranceMs);
  }

  static async begin(harness: QueuePlayHarness, consumers: number, leaseMs: number): Promise<QueuePlay> {
    const play = new QueuePlay(harness, leaseMs);
    for (let consumer = 0; consumer < consumers; consumer += 1) await play.#open(consumer);
    return play;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#harness.dispose();
  }

  holdsAnything(consumer: number): boolean {
    return (this.#hands[consumer] ?? []).length > 0;
  }

  /** Several sends at once, each of messages whose bodies have these lengths. */
  async send(consumer: number, sends: readonly (readonly number[])[]): Promise<void> {
    const messages = sends.map((lengths) => lengths.map((length) => this.#model.next(length)));
    const span = await this.#spanOf(() =>
      Promise.all(messages.map((each) => this.#driver(consumer).send(each))),
    );
    this.#model.sent(messages, span);
    await this.#checkDepth();
  }

  /** Several consumers ask at once, and again if not all came that was there for them. */
  async receive(consumers: readonly number[], max: number): Promise<void> {
    const due = Math.min(max, this.#model.readyAt(this.#clock.now()));
    let came = await this.#receiveOnce(consumers, max, due > 0);
    for (let vain = 0; came < due;) {
      const more = await this.#receiveOnce(consumers, max, true);
      came += more;
      vain = more > 0 ? 0 : vain + 1;
      assert.ok(vain < 5, `${due - came} messages are free and not handed out`);
    }
    await this.#checkDepth();
  }

  async ack(consumer: number, which: readonly number[]): Promise<void> {
    const hands = this.#pick(consumer, which);
    const now = this.#clock.now();
    const held = hands.filter((hand) => this.#model.holds(hand, now) || !this.#model.has(hand));
    const span = await this.#spanOf(() => this.#driver(consumer).ack(held.map(({ delivery }) => delivery)));
    // A lease may have ended before the engine heard of the answer.
    for (const hand of held) if (this.#model.holds(hand, span.to)) this.#model.acknowledged(hand);
    const late = hands.filter((hand) => this.#model.has(hand));
    for (const hand of late) await this.#ackLate(consumer, hand);
    if (late.length === 0) await this.#checkDepth();
  }

  /** @param attempt undefined: the same as now, since it was handed out too early */
  async retry(consumer: number, which: number, delayMs: number, attempt: number | null): Promise<void> {
    for (const hand of this.#pick(consumer, [which])) {
      const options: RetryOptions = { delayMs, attempt: attempt ?? hand.delivery.attempt };
      const span = await this.#spanOf(() => this.#driver(consumer).retry(hand.delivery, options));
      if (this.#model.holds(hand, span.to)) this.#model.retried(hand, options, span);
      else if (this.#model.has(hand)) this.#model.retriedLate(hand, options, span);
      if (this.#model.has(hand)) this.#forget(consumer, hand);
    }
    await this.#checkDepth();
  }

  async extend(consumer: number, which: readonly number[]): Promise<void> {
    const hands = this.#pick(consumer, which);
    const span = await this.#spanOf(() =>
      this.#driver(consumer).extend(hands.map(({ delivery }) => delivery)),
    );
    const held = new Set(hands.filter((hand) => this.#model.holds(hand, span.to)));
    for (const hand of hands.filter((each) => this.#model.has(each))) {
      if (held.has(hand)) this.#model.extended(hand, span);
      else this.#model.extendedLate(hand, span);
    }
    await this.#checkDepth();
  }

  /** Works for longer than a lease, and extends all that it has in time. */
  async beat(consumer: number): Promise<void> {
    const ms = Math.ceil(this.#leaseMs * 0.6);
    await this.pass(ms);
    await this.extend(consumer, [...(this.#hands[consumer] ?? []).keys()]);
    await this.pass(ms);
  }

  async pass(ms: number): Promise<void> {
    await this.#clock.pass(ms);
    await this.#checkDepth();
  }

  async reopen(consumer: number): Promise<void> {
    await this.#close(consumer);
    await this.#open(consumer);
    await this.#checkDepth();
  }

  /** All at once, so that nobody is there for a moment. */
  async restart(): Promise<void> {
    for (const consumer of this.#consumers.keys()) await this.#close(consumer);
    for (const consumer of this.#consumers.keys()) await this.#open(consumer);
    await this.#checkDepth();
  }

  async kill(consumer: number): Promise<void> {
    await this.#harness.kill?.(this.#driver(consumer));
    this.#model.killed(consumer);
    await this.#open(consumer);
    await this.#checkDepth();
  }

  /** All that is left comes, in time, and then nothing is left. */
  async finish(): Promise<void> {
    while (this.#model.size > 0) {
      const now = this.#clock.now();
      if (this.#model.readyAt(now) === 0)
        await this.pass(this.#model.freeFrom + this.#clock.toleranceMs - now);
      await this.receive([0], 100);
      await this.ack(0, [...(this.#hands[0] ?? []).keys()]);
    }
    await this.restart();
    assert.deepEqual(await this.#driver(0).depth(), { messages: 0, oldestAgeMs: 0 });
  }

  /** How many messages came. */
  async #receiveOnce(consumers: readonly number[], max: number, mustCome: boolean): Promise<number> {
    const stop = new AbortController();
    // Where nothing is due, a glance is enough.
    const glance = mustCome ? undefined : setTimeout(() => stop.abort(), this.#clock.toleranceMs);
    const ask = async (consumer: number): Promise<readonly Hand[]> => {
      const deliveries = await this.#driver(consumer).receive(max, stop.signal);
      assert.ok(deliveries.length <= max, `${deliveries.length} messages, not ${max}`);
      if (deliveries.length > 0) stop.abort();
      return deliveries.map((delivery) => ({ delivery, consumer }));
    };
    const hands: Hand[] = [];
    const span = await this.#spanOf(async () => {
      for (const each of await Promise.all(consumers.map(ask))) hands.push(...each);
    });
    clearTimeout(glance);
    this.#model.handedOut(hands, span);
    for (const hand of hands) this.#hands[hand.consumer]?.push(hand);
    return hands.length;
  }

  /** Forgetting the message is right, and so is keeping it; the engine shows what it did. */
  async #ackLate(consumer: number, hand: Hand): Promise<void> {
    await this.#driver(consumer).ack([hand.delivery]);
    const { messages } = await this.#driver(consumer).depth();
    if (messages < this.#model.size) this.#model.acknowledged(hand);
    await this.#checkDepth();
  }

  async #checkDepth(): Promise<void> {
    const from = this.#clock.now();
    const depth = await this.#driver(0).depth();
    this.#model.assertDepth(depth, { from, to: this.#clock.now() });
  }

  async #open(consumer: number): Promise<void> {
    this.#consumers[consumer] = await this.#harness.open({ leaseMs: this.#leaseMs });
    this.#hands[consumer] = [];
  }

  async #close(consumer: number): Promise<void> {
    const span = await this.#spanOf(() => this.#driver(consumer).close());
    this.#model.closed(consumer, span);
  }

  /** Hand-outs by their places, counted round and round; one may be named twice. The newest that are gone are among them. */
  #pick(consumer: number, which: readonly number[]): readonly Hand[] {
    const all = this.#hands[consumer] ?? [];
    const isThere = (hand: Hand): boolean => this.#model.has(hand);
    const hands = [...all.filter(isThere), ...all.filter((hand) => !isThere(hand)).slice(-2)];
    return which.flatMap((place) => hands[place % hands.length] ?? []);
  }

  #forget(consumer: number, hand: Hand): void {
    this.#hands[consumer] = (this.#hands[consumer] ?? []).filter((each) => each !== hand);
  }

  #driver(consumer: number): QueueDriver {
    const driver = this.#consumers[consumer % this.#consumers.length];
    assert.ok(driver !== undefined);
    return driver;
  }

  async #spanOf(call: () => Promise<unknown>): Promise<Span> {
    const from = this.#clock.now();
    await call();
    return { from, to: this.#clock.now() };
  }
}

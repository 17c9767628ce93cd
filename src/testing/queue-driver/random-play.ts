import assert from "node:assert/strict";
import type { Delivery, QueueDriver, RetryOptions } from "../../queue/driver.ts";
import { type PlayClock, type Span, wallClock } from "../play.ts";
import { never, owned, type QueueHarness } from "./harness.ts";
import { QueueModel } from "./model.ts";

/** A harness of an engine that can be played with faster than time passes, or that can lose a consumer at once. */
export interface QueuePlayHarness extends QueueHarness {
  readonly clock?: PlayClock;
  /** Ends a consumer like kill -9. Without this, a killed consumer is just one that never answers again. */
  readonly kill?: (driver: QueueDriver) => Promise<void>;
}

/** A consumer that owns all shards and does what it is told, compared with a model after each step. */
export class QueuePlay {
  readonly #harness: QueuePlayHarness;
  readonly #clock: PlayClock;
  readonly #leaseMs: number;
  readonly #model: QueueModel;
  #driver: QueueDriver;
  /** What it was handed and may still answer, acknowledged or not. */
  #deliveries: readonly Delivery[] = [];

  private constructor(harness: QueuePlayHarness, driver: QueueDriver, leaseMs: number) {
    const { clock = wallClock } = harness;
    this.#harness = harness;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#model = new QueueModel(leaseMs, clock.toleranceMs);
    this.#driver = driver;
  }

  static async begin(harness: QueuePlayHarness, leaseMs: number): Promise<QueuePlay> {
    return new QueuePlay(harness, await owned(harness.open({ leaseMs })), leaseMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#harness.dispose();
  }

  get holdsAnything(): boolean {
    return this.#deliveries.length > 0;
  }

  /** Several sends at once, each of messages whose bodies have these lengths. */
  async send(sends: readonly (readonly number[])[]): Promise<void> {
    const messages = sends.map((lengths) => lengths.map((length) => this.#model.next(length)));
    const span = await this.#spanOf(() => Promise.all(messages.map((each) => this.#driver.send(each))));
    this.#model.sent(messages, span);
    await this.#checkDepth();
  }

  /** Receives, and asks again if not everything came that was there. */
  async receive(max: number): Promise<void> {
    const due = Math.min(max, this.#model.readyAt(this.#clock.now()));
    let came = await this.#receiveOnce(max, due > 0);
    for (let vain = 0; came < due;) {
      const more = await this.#receiveOnce(max, true);
      came += more;
      vain = more > 0 ? 0 : vain + 1;
      assert.ok(vain < 5, `${due - came} messages are free and not handed out`);
    }
    await this.#checkDepth();
  }

  async ack(which: readonly number[]): Promise<void> {
    const deliveries = this.#pick(which);
    const now = this.#clock.now();
    const held = deliveries.filter((each) => this.#model.holds(each, now) || !this.#model.has(each));
    const span = await this.#spanOf(() => this.#driver.ack(held));
    for (const each of held) if (this.#model.holds(each, span.to)) this.#model.acknowledged(each);
    await this.#ackDoubtful(held.filter((each) => this.#model.has(each)));
    const late = deliveries.filter((each) => this.#model.has(each));
    for (const each of late) await this.#ackLate(each);
    if (late.length === 0) await this.#checkDepth();
  }

  /** @param attempt null: the same as now, since it was handed out too early */
  async retry(which: number, delayMs: number, attempt: number | null): Promise<void> {
    for (const delivery of this.#pick([which])) {
      const options: RetryOptions = { delayMs, attempt: attempt ?? delivery.attempt };
      const span = await this.#spanOf(() => this.#driver.retry(delivery, options));
      if (this.#model.holds(delivery, span.to)) this.#model.retried(delivery, options, span);
      else if (this.#model.has(delivery)) this.#model.retriedLate(delivery, options, span);
      if (this.#model.has(delivery)) this.#forget(delivery);
    }
    await this.#checkDepth();
  }

  async extend(which: readonly number[]): Promise<void> {
    const deliveries = this.#pick(which);
    const span = await this.#spanOf(() => this.#driver.extend(deliveries));
    const held = new Set(deliveries.filter((each) => this.#model.holds(each, span.to)));
    for (const each of deliveries.filter((one) => this.#model.has(one))) {
      if (held.has(each)) this.#model.extended(each, span);
      else this.#model.extendedLate(each, span);
    }
    await this.#checkDepth();
  }

  /** Works for longer than a lease, and extends all that it has in time. */
  async beat(): Promise<void> {
    const ms = Math.ceil(this.#leaseMs * 0.6);
    await this.pass(ms);
    await this.extend([...this.#deliveries.keys()]);
    await this.pass(ms);
  }

  async pass(ms: number): Promise<void> {
    await this.#clock.pass(ms);
    await this.#checkDepth();
  }

  async reopen(): Promise<void> {
    const span = await this.#spanOf(() => this.#driver.close());
    this.#model.closed(span);
    await this.#open();
    await this.#checkDepth();
  }

  async kill(): Promise<void> {
    await this.#harness.kill?.(this.#driver);
    this.#model.killed();
    await this.#open();
    await this.#checkDepth();
  }

  /** Proves that all that is left comes in time, and that then nothing is left. */
  async finish(): Promise<void> {
    while (this.#model.size > 0) {
      const now = this.#clock.now();
      if (this.#model.readyAt(now) === 0)
        await this.pass(this.#model.freeFrom + this.#clock.toleranceMs - now);
      await this.receive(100);
      await this.ack([...this.#deliveries.keys()]);
    }
    await this.reopen();
    assert.deepEqual(await this.#driver.depth(), { messages: 0, oldestAgeMs: 0 });
  }

  /** @returns how many messages came */
  async #receiveOnce(max: number, mustCome: boolean): Promise<number> {
    // If nothing is due, a short look is enough.
    const signal = mustCome ? never : AbortSignal.timeout(this.#clock.toleranceMs);
    let deliveries: readonly Delivery[] = [];
    const span = await this.#spanOf(async () => {
      deliveries = await this.#driver.receive(max, signal);
    });
    assert.ok(deliveries.length <= max, `${deliveries.length} messages, not ${max}`);
    this.#model.handedOut(deliveries, span);
    this.#deliveries = [...this.#deliveries, ...deliveries];
    return deliveries.length;
  }

  /** Their leases may have ended before the engine got the answer; its depth shows how many it got in time. */
  async #ackDoubtful(doubtful: readonly Delivery[]): Promise<void> {
    if (doubtful.length === 0) return;
    const { messages } = await this.#driver.depth();
    this.#model.acknowledgedOf(doubtful, this.#model.size - messages);
  }

  /** Forgetting the message is right, and so is keeping it; the engine shows what it did. */
  async #ackLate(delivery: Delivery): Promise<void> {
    await this.#driver.ack([delivery]);
    const { messages } = await this.#driver.depth();
    if (messages < this.#model.size) this.#model.acknowledged(delivery);
    await this.#checkDepth();
  }

  async #checkDepth(): Promise<void> {
    const from = this.#clock.now();
    const depth = await this.#driver.depth();
    this.#model.assertDepth(depth, { from, to: this.#clock.now() });
  }

  async #open(): Promise<void> {
    this.#driver = await owned(this.#harness.open({ leaseMs: this.#leaseMs }));
    this.#deliveries = [];
  }

  /**
   * Hand-outs by their places, counted round and round; one may be named twice. The newest gone ones are among them.
   */
  #pick(which: readonly number[]): readonly Delivery[] {
    const isThere = (delivery: Delivery): boolean => this.#model.has(delivery);
    const gone = this.#deliveries.filter((each) => !isThere(each)).slice(-2);
    const all = [...this.#deliveries.filter(isThere), ...gone];
    return which.flatMap((place) => all[place % all.length] ?? []);
  }

  #forget(delivery: Delivery): void {
    this.#deliveries = this.#deliveries.filter((each) => each !== delivery);
  }

  async #spanOf(call: () => Promise<unknown>): Promise<Span> {
    const from = this.#clock.now();
    await call();
    return { from, to: this.#clock.now() };
  }
}

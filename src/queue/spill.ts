import { errorFields, type Log } from "../log.ts";
import { sleep } from "../lib/sleep.ts";
import type { EngineReport } from "../lib/engine-report.ts";
import type { Message } from "../event/message.ts";
import { ClosedError } from "../errors.ts";
import type { Delivery, QueueDepth, QueueDriver, RetryOptions } from "./driver.ts";

/** Messages that are forwarded at once. */
const batch = 500;
/** Waits between tries, in ms: short at first, for a moment's trouble; then not too long to come back soon. */
const firstMs = 100;
const longestMs = 5_000;
/** A message that the engine has refused so often in a row, though it answers, is set aside for so long (ms). */
const mostRefusals = 5;
const refusedMs = 10_000;
/** A message that this version cannot read waits so long for a newer one, in ms. */
const unreadableMs = 60_000;

export interface SpillParts {
  readonly engine: QueueDriver;
  /** Where messages wait for the engine to come back; nobody else takes from it. */
  readonly store: QueueDriver;
  readonly log: Log;
}

/**
 * An engine with a store on this machine's disk beside it: what the engine does not take is kept there, as durably as
 * the embedded queue does, and forwarded in order of arrival when it is back. While something waits there, everything
 * goes that way, so that nothing overtakes it.
 */
export class SpillingQueue implements QueueDriver {
  readonly #engine: QueueDriver;
  readonly #store: QueueDriver;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #forwarding: Promise<void>;
  /** In the store, as far as known; another process on this machine may forward some of them. */
  #waiting: number;
  /** On their way into it. */
  #entering = 0;
  #wake: () => void = () => undefined;

  /** @param waiting how many are in the store */
  private constructor({ engine, store, log }: SpillParts, waiting: number) {
    this.#engine = engine;
    this.#store = store;
    this.#log = log;
    this.#waiting = waiting;
    this.#forwarding = this.#forward();
  }

  /** What an earlier process left in the store is forwarded from now on. */
  static async open(parts: SpillParts): Promise<SpillingQueue> {
    const { messages } = await parts.store.depth();
    return new SpillingQueue(parts, messages);
  }

  get shards(): number {
    return this.#engine.shards;
  }

  async send(messages: readonly Message[]): Promise<void> {
    if (this.#isSpilling) return this.#spill(messages);
    try {
      await this.#engine.send(messages);
    } catch (error) {
      if (error instanceof ClosedError) throw error;
      if (!this.#isSpilling) this.#log.warn("queue.spilling", errorFields(error));
      await this.#spill(messages);
    }
  }

  own(shards: readonly number[]): Promise<void> {
    return this.#engine.own(shards);
  }

  reserve(owner: string): Promise<number> {
    return this.#engine.reserve(owner);
  }

  receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    return this.#engine.receive(max, signal);
  }

  ack(deliveries: readonly Delivery[]): Promise<void> {
    return this.#engine.ack(deliveries);
  }

  retry(delivery: Delivery, options: RetryOptions): Promise<void> {
    return this.#engine.retry(delivery, options);
  }

  extend(deliveries: readonly Delivery[]): Promise<void> {
    return this.#engine.extend(deliveries);
  }

  /** While the engine does not answer, what is here is all that is known. */
  async depth(): Promise<QueueDepth> {
    const here = await this.#store.depth();
    // Another process may have left something here when it died.
    if (here.messages > 0 && this.#waiting === 0) {
      this.#waiting = here.messages;
      this.#wake();
    }
    const there = await this.#engine.depth().catch((error: unknown): QueueDepth => {
      if (error instanceof ClosedError) throw error;
      return { messages: 0, oldestAgeMs: 0 };
    });
    return {
      messages: here.messages + there.messages,
      oldestAgeMs: Math.max(here.oldestAgeMs, there.oldestAgeMs),
      spilled: here.messages,
    };
  }

  report(): Promise<EngineReport> {
    return this.#engine.report();
  }

  /** What is in the store stays there, and is forwarded after the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#engine.close();
    await this.#forwarding;
    await this.#store.close();
  }

  async #spill(messages: readonly Message[]): Promise<void> {
    this.#entering += messages.length;
    try {
      await this.#store.send(messages);
      this.#waiting += messages.length;
      this.#wake();
    } finally {
      this.#entering -= messages.length;
    }
  }

  get #isSpilling(): boolean {
    return this.#waiting > 0 || this.#entering > 0;
  }

  async #forward(): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0, most = batch; !signal.aborted;) {
      if (this.#waiting === 0) await this.#idle();
      const deliveries = await this.#store.receive(most, signal).catch(() => []);
      if (deliveries.length === 0) {
        await this.#countAgain();
        await sleep(firstMs, signal);
        continue;
      }
      if (await this.#pass(deliveries, failures)) {
        [failures, most] = [0, batch];
        continue;
      }
      // One by one, in case that it is a message that the engine refuses, and not all of them.
      most = 1;
      await sleep(Math.min(longestMs, firstMs * 2 ** Math.min(failures, 10)), signal);
      failures += 1;
    }
  }

  /** Hands these to the engine; false if it does not take them now, and then they are back in their place. */
  async #pass(deliveries: readonly Delivery[], failures: number): Promise<boolean> {
    const [readable, unreadable] = [
      deliveries.filter(isReadable),
      deliveries.filter((one) => !isReadable(one)),
    ];
    for (const delivery of unreadable) await this.#setAside(delivery);
    const messages = readable.flatMap(({ message }) => (message instanceof RangeError ? [] : message));
    try {
      await this.#engine.send(messages);
    } catch (error) {
      await this.#putBack(readable, failures, error);
      return false;
    }
    // If this fails, they are forwarded once more; the ledger knows copies by their names.
    await this.#store.ack(readable).catch((error: unknown) => this.#trouble(error));
    this.#waiting = Math.max(0, this.#waiting - readable.length);
    if (!this.#isSpilling) this.#log.info("queue.spill_forwarded");
    return true;
  }

  async #countAgain(): Promise<void> {
    const before = this.#waiting;
    const { messages } = await this.#store.depth().catch(() => ({ messages: before }));
    // Unless more came meanwhile.
    if (this.#waiting === before) this.#waiting = messages;
  }

  /** A newer version wrote it; it waits for one. */
  async #setAside(delivery: Delivery): Promise<void> {
    if (delivery.message instanceof RangeError) {
      this.#log.error("queue.message_unreadable", errorFields(delivery.message));
    }
    const retry = { delayMs: unreadableMs, attempt: delivery.attempt + 1 };
    await this.#store.retry(delivery, retry).catch((error: unknown) => this.#trouble(error));
  }

  async #putBack(deliveries: readonly Delivery[], failures: number, reason: unknown): Promise<void> {
    const isRefused = failures >= mostRefusals && deliveries.length === 1 && (await this.#answers());
    if (isRefused) this.#log.error("queue.spill_refused", errorFields(reason));
    for (const delivery of deliveries) {
      const { attempt } = delivery;
      const retry = isRefused ? { delayMs: refusedMs, attempt: attempt + 1 } : { delayMs: 0, attempt };
      await this.#store.retry(delivery, retry).catch((error: unknown) => this.#trouble(error));
    }
  }

  #answers(): Promise<boolean> {
    return this.#engine.depth().then(
      () => true,
      () => false,
    );
  }

  #trouble(error: unknown): void {
    if (!(error instanceof ClosedError)) this.#log.warn("queue.spill_failed", errorFields(error));
  }

  #idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#stop.signal.aborted) resolve();
    });
  }
}

const isReadable = ({ message }: Delivery): boolean => !(message instanceof RangeError);

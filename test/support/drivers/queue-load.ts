import { setTimeout as sleep } from "node:timers/promises";
import { QueueUnavailableError } from "../../../src/errors.ts";
import type { QueueDriver } from "../../../src/queue/driver.ts";
import { aMessage } from "../../../src/testing/builders.ts";
import { eventually } from "../../../src/testing/eventually.ts";
import { opened, ownAll } from "../../../src/testing/queue-driver/harness.ts";

export interface LoadOptions {
  readonly senders?: number;
  /** Messages that are sent at once. */
  readonly batch?: number;
}

/** Senders, and a consumer that owns all shards: they work on a queue and note the results. */
export class QueueLoad {
  readonly confirmed: Set<string> = new Set();
  readonly received: Set<string> = new Set();
  /** Errors that are not the announced one. */
  readonly surprises: unknown[] = [];
  /** The longest time that a send took, in ms. */
  slowestMs = 0;
  readonly #queue: QueueDriver;
  readonly #batch: number;
  readonly #stop = new AbortController();
  readonly #consuming: Promise<void>;
  readonly #sending: readonly Promise<void>[];
  #stopsSending = false;

  constructor(sender: QueueDriver, consumer: QueueDriver, { senders = 3, batch = 3 }: LoadOptions = {}) {
    this.#queue = sender;
    this.#batch = batch;
    this.#consuming = this.#consume(consumer);
    this.#sending = Array.from({ length: senders }, () => this.#send(sender));
  }

  /** Waits until the queue takes and gives messages, so many more than before. */
  async works(more = 20, withinMs = 20_000): Promise<void> {
    const [confirmed, received] = [this.confirmed.size + more, this.received.size + more];
    await eventually(() => {
      if (this.confirmed.size < confirmed || this.received.size < received)
        throw new Error("It stands still.");
    }, withinMs);
  }

  /** Ends the senders, and waits until nothing is left, even of what comes once more since it was not acknowledged. */
  async empties(): Promise<void> {
    this.#stopsSending = true;
    await Promise.all(this.#sending);
    await eventually(async () => {
      const { messages } = await this.#queue.depth();
      if (messages > 0) throw new Error(`${messages} messages are left.`);
    }, 30_000);
  }

  /** Ends the senders, then waits for all that was confirmed. @returns what never came */
  async finish(): Promise<readonly string[]> {
    const missing = (): readonly string[] => [...this.confirmed].filter((id) => !this.received.has(id));
    this.#stopsSending = true;
    await Promise.all(this.#sending);
    const end = performance.now() + 15_000;
    while (missing().length > 0 && performance.now() < end) await sleep(50);
    this.#stop.abort();
    await this.#consuming;
    return missing();
  }

  async #send(driver: QueueDriver): Promise<void> {
    while (!this.#stopsSending) {
      const messages = Array.from({ length: this.#batch }, () => aMessage());
      const start = performance.now();
      await this.#expecting(async () => {
        await driver.send(messages);
        for (const { eventId } of messages) this.confirmed.add(eventId);
      });
      this.slowestMs = Math.max(this.slowestMs, performance.now() - start);
      await sleep(5);
    }
  }

  async #consume(driver: QueueDriver): Promise<void> {
    await eventually(() => ownAll(driver), 20_000);
    while (!this.#stop.signal.aborted) {
      await this.#expecting(async () => {
        const deliveries = await driver.receive(50, this.#stop.signal);
        for (const delivery of deliveries) this.received.add(opened(delivery).eventId);
        await driver.ack(deliveries);
      });
    }
  }

  async #expecting(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof QueueUnavailableError)) this.surprises.push(error);
      await sleep(50);
    }
  }
}

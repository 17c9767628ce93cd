import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { QueueUnavailableError } from "../../src/errors.ts";
import type { QueueDriver } from "../../src/queue/driver.ts";
import { aMessage } from "../../src/testing/builders.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { never, opened } from "../../src/testing/queue-driver/harness.ts";

/** Senders and a consumer that work until they are told to finish. */
export class NatsLoad {
  readonly confirmed: Set<string> = new Set<string>();
  readonly received: Set<string> = new Set<string>();
  readonly #stop = new AbortController();
  readonly #consumed = new AbortController();
  readonly #queue: QueueDriver;
  readonly #senders: readonly Promise<void>[];
  readonly #consumer: Promise<void>;

  constructor(sender: QueueDriver, consumer: QueueDriver) {
    this.#queue = sender;
    this.#senders = [1, 2, 3].map(() => this.#send(sender));
    this.#consumer = this.#consume(consumer);
  }

  /**
   * Ends the senders, and waits until all that was confirmed has come and nothing is left: what was received and could not
   * be acknowledged comes once more, so somebody must still be there for it.
   */
  async finish(): Promise<void> {
    const before = this.confirmed.size;
    await eventually(() => assert.ok(this.confirmed.size > before + 20), 20_000);
    this.#stop.abort();
    await Promise.all(this.#senders);
    await eventually(
      () =>
        assert.deepEqual(
          [...this.confirmed].filter((id) => !this.received.has(id)),
          [],
        ),
      30_000,
    );
    await eventually(async () => assert.equal((await this.#queue.depth()).messages, 0), 15_000);
    this.#consumed.abort();
    await this.#consumer;
  }

  async #send(driver: QueueDriver): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const messages = Array.from({ length: 5 }, () => aMessage());
      try {
        await driver.send(messages);
        for (const { eventId } of messages) this.confirmed.add(eventId);
      } catch (error) {
        assert.ok(error instanceof QueueUnavailableError);
      }
      await sleep(10);
    }
  }

  async #consume(driver: QueueDriver): Promise<void> {
    while (!this.#consumed.signal.aborted) {
      try {
        const deliveries = await driver.receive(50, never);
        for (const delivery of deliveries) this.received.add(opened(delivery).eventId);
        await driver.ack(deliveries);
      } catch (error) {
        assert.ok(error instanceof QueueUnavailableError);
        await sleep(50);
      }
    }
  }
}

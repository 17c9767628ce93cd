import { setTimeout as sleep } from "node:timers/promises";
import { QueueUnavailableError } from "../../../src/errors.ts";
import type { Delivery, QueueDriver } from "../../../src/queue/driver.ts";
import { aMessage } from "../../../src/testing/builders.ts";
import { eventually } from "../../../src/testing/eventually.ts";
import { opened, ownAll } from "../../../src/testing/queue-driver/harness.ts";

/**
 * A sender for each of some lanes, which sends the next message of its lane when the one before is confirmed, and a
 * worker that owns all shards. Notes what was lost, and what came behind a later one of its lane.
 */
export class LaneLoad {
  /** Errors that are not the announced one. */
  readonly surprises: unknown[] = [];
  /** Messages that came for the first time behind a later one of their lane. */
  readonly disorder: string[] = [];
  readonly #lanes: readonly {
    readonly entity: string;
    confirmed: number;
    readonly seen: Set<number>;
    newest: number;
  }[];
  readonly #stop = new AbortController();
  readonly #sending: readonly Promise<void>[];
  readonly #receiving: Promise<void>;
  #stopsSending = false;
  /** The last error that is the announced one. */
  #refusal: QueueUnavailableError | undefined;

  constructor(sender: QueueDriver, worker: QueueDriver, lanes = 24) {
    this.#lanes = Array.from({ length: lanes }, (_, lane) => ({
      entity: `message:lane ${lane}`,
      confirmed: 0,
      seen: new Set<number>(),
      newest: 0,
    }));
    this.#sending = this.#lanes.map((_, lane) => this.#send(sender, lane));
    this.#receiving = this.#receive(worker);
  }

  get received(): number {
    return this.#lanes.reduce((sum, { seen }) => sum + seen.size, 0);
  }

  get confirmed(): number {
    return this.#lanes.reduce((sum, { confirmed }) => sum + confirmed, 0);
  }

  /** Waits until messages go through, more than before. */
  async works(withinMs = 30_000): Promise<void> {
    const [confirmed, received] = [this.confirmed + 100, this.received + 100];
    await eventually(() => {
      if (this.confirmed < confirmed || this.received < received) throw new Error("It stands still.");
    }, withinMs);
  }

  /**
   * Ends the senders, and waits for all that was confirmed.
   *
   * @param stillMs how long it may stand still; a busy machine may need longer for all of it
   * @returns what never came, and behind it the last error, which may tell why
   */
  async finish(stillMs = 20_000): Promise<readonly string[]> {
    this.#stopsSending = true;
    await Promise.all(this.#sending);
    let [received, since] = [this.received, performance.now()];
    while (this.#missing().length > 0 && performance.now() < since + stillMs) {
      await sleep(50);
      if (this.received > received) [received, since] = [this.received, performance.now()];
    }
    this.#stop.abort();
    await this.#receiving;
    const missing = this.#missing();
    return missing.length === 0 ? [] : [...missing, this.#refusal?.message ?? "no error"];
  }

  #missing(): readonly string[] {
    return this.#lanes.flatMap(({ entity, confirmed, seen }) =>
      Array.from({ length: confirmed }, (_, at) => at + 1)
        .filter((number) => !seen.has(number))
        .map((number) => `${entity} ${number}`),
    );
  }

  async #send(driver: QueueDriver, at: number): Promise<void> {
    const lane = this.#lanes[at];
    if (lane === undefined) return;
    while (!this.#stopsSending) {
      const message = aMessage({ entity: lane.entity, revision: lane.confirmed + 1 });
      const isDone = await this.#insist(
        () => driver.send([message]),
        () => this.#stopsSending,
      );
      if (!isDone) return;
      lane.confirmed += 1;
      await sleep(5);
    }
  }

  async #receive(driver: QueueDriver): Promise<void> {
    const isOver = (): boolean => this.#stop.signal.aborted;
    await this.#insist(() => ownAll(driver), isOver);
    while (!isOver()) {
      await this.#insist(async () => {
        const deliveries = await driver.receive(50, this.#stop.signal);
        for (const delivery of deliveries) this.#note(delivery);
        await this.#insist(() => driver.ack(deliveries), isOver);
      }, isOver);
    }
  }

  /** Until it works or is over. @returns true if it works */
  async #insist(work: () => Promise<void>, isOver: () => boolean): Promise<boolean> {
    for (;;) {
      try {
        await work();
        return true;
      } catch (error) {
        if (error instanceof QueueUnavailableError) this.#refusal = error;
        else this.surprises.push(error);
        if (isOver()) return false;
        await sleep(100);
      }
    }
  }

  #note(delivery: Delivery): void {
    const { entity, revision } = opened(delivery);
    const lane = this.#lanes.find((each) => each.entity === entity);
    if (lane === undefined || revision === null) return;
    if (!lane.seen.has(revision) && revision < lane.newest)
      this.disorder.push(`${entity} ${revision} behind ${lane.newest}`);
    lane.seen.add(revision);
    lane.newest = Math.max(lane.newest, revision);
  }
}

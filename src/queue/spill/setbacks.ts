import { ClosedError, EventsRefusedError, EventTooLargeError, QueueUnavailableError } from "../../errors.ts";
import { pauseMs } from "../../lib/pause.ts";
import { sleep } from "../../lib/sleep.ts";
import { errorFields, type Log } from "../../log.ts";
import type { QueueDriver } from "../driver.ts";
import type { Line } from "./line.ts";
import type { SpillRow } from "./store.ts";

/** Messages that are forwarded at once: at first, and at most. */
const batch = { first: 500, most: 5_000 };
/** An engine that takes so long for those is sent no more at once, or again less: calls give up after 4 s. In ms. */
const [briskMs, slowMs] = [1_500, 2_000];
/** An engine that takes longer to answer is away; one that took something so lately is not. In ms. */
const lateMs = 1_000;
/** After so many tries a message that cannot be sent by itself is held, even if nothing else could be sent either. */
const mostTries = 3;

export interface SetbacksParts {
  readonly engine: QueueDriver;
  readonly line: Line;
  readonly log: Log;
  /** Ends all waits. */
  readonly stopping: AbortSignal;
}

/** Twice as many until it is as many as at first, and then in smaller steps: it may turn out to be slow. */
const more = (most: number): number =>
  Math.min(batch.most, most * 2, Math.max(batch.first, Math.ceil(most * 1.5)));

/** Whether the engine stores nothing more, whatever it is sent. */
export const takesNothing = (error: unknown): boolean =>
  error instanceof QueueUnavailableError && error.takesNothing;

/** What follows when the engine does not take something: who is held, how much is tried at once, how long one waits. */
export class Setbacks {
  readonly #parts: SetbacksParts;
  /** Tries in a row that came to nothing. */
  #failures = 0;
  /** Those of them after which the engine did answer. */
  #refusals = 0;
  #most = batch.first;
  #tookAt = -Infinity;

  constructor(parts: SetbacksParts) {
    this.#parts = parts;
  }

  /** How many messages are to be tried at once. */
  get most(): number {
    return this.#most;
  }

  /**
   * The engine took something. One that needs as long for few as for many, since it waits for its disk or for another
   * machine, is sent more the next time.
   *
   * @param count how many it was sent
   * @param tookMs how long it needed for them
   */
  over(count: number, tookMs: number): void {
    [this.#failures, this.#refusals, this.#tookAt] = [0, 0, performance.now()];
    // Few say nothing about many.
    if (count >= this.#most && tookMs < briskMs) this.#most = more(this.#most);
    // No less than at first: it may need as long for few as for many.
    if (tookMs > slowMs && this.#most > batch.first)
      this.#most = Math.max(batch.first, Math.ceil(this.#most / 2));
  }

  /** Nothing waits any more: what the engine takes at once may be another number the next time. */
  rest(): void {
    this.#most = batch.first;
  }

  /** The engine answered to these with this error. Resolves when it is time to try again. */
  async met(rows: readonly SpillRow[], error: unknown): Promise<void> {
    if (error instanceof ClosedError) return;
    const { line } = this.#parts;
    const now = performance.now();
    if (error instanceof EventTooLargeError && error.places.length > 0) {
      const lanes = new Set(error.places.flatMap((place) => rows[place]?.lane ?? []));
      for (const lane of lanes) this.#hold(error, () => line.lanes.refuse(lane, now));
      return;
    }
    if (error instanceof EventsRefusedError) {
      if (error.takesNothing) return this.#pauseLonger();
      const shards = new Set(error.places.flatMap((place) => rows[place]?.shard ?? []));
      for (const shard of shards) this.#hold(error, () => line.shards.refuse(shard, now));
      return;
    }
    // There is no use in trying other messages, or fewer.
    if (takesNothing(error)) return this.#pauseLonger();
    await this.#failed(rows, error);
  }

  /** Perhaps the engine is away, and perhaps it fails over one message: of an engine that answers, that one is sought. */
  async #failed(rows: readonly SpillRow[], error: unknown): Promise<void> {
    const { line } = this.#parts;
    const answers = await this.#answers();
    this.#refusals = answers ? this.#refusals + 1 : 0;
    // It may have come back just now, so it is tried again soon.
    if (this.#refusals === 1) this.#failures = 0;
    const [alone] = rows;
    if (answers && rows.length > 1) {
      this.#most = Math.ceil(rows.length / 2);
      return;
    }
    const tookLately = performance.now() - this.#tookAt < lateMs;
    if (answers && alone !== undefined && tookLately) {
      this.#hold(error, () => line.lanes.refuse(alone.lane, performance.now()));
      return;
    }
    // Aside with it, to see whether others are taken; nothing proves yet that it is this one.
    if (alone !== undefined && this.#refusals > mostTries) {
      line.lanes.refuse(alone.lane, performance.now());
    }
    await this.#pauseLonger();
  }

  #answers(): Promise<boolean> {
    const { engine, stopping } = this.#parts;
    return Promise.race([
      engine.depth().then(
        () => true,
        () => false,
      ),
      sleep(lateMs, stopping).then(() => false),
    ]);
  }

  /** Longer each time, until the engine has taken something. */
  async #pauseLonger(): Promise<void> {
    this.#failures += 1;
    await sleep(pauseMs(this.#failures), this.#parts.stopping);
  }

  #hold(reason: unknown, hold: () => void): void {
    this.#parts.log.error("queue.spill_refused", errorFields(reason));
    hold();
  }
}

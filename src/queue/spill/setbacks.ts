import { EventsRefusedError, EventTooLargeError, QueueUnavailableError } from "../../errors.ts";
import { longestPauseMs, pauseMs } from "../../lib/async/pause.ts";
import { sleep } from "../../lib/async/sleep.ts";
import { errorFields, type Log } from "../../log.ts";
import type { QueueDriver } from "../driver.ts";
import { BatchSize } from "./batch-size.ts";
import type { Holds } from "./holds.ts";
import type { Line } from "./line.ts";
import type { SpillRow } from "./store.ts";

/** An engine that has not answered after this time, in ms, is away; one that took something within it is not. */
const lateMs = 1_000;
/**
 * The longest pause between two tries of an engine that is away, in ms: one that is never back for long must not be
 * missed each time.
 */
const longestAwayMs = 1_000;
/** After so many tries a message that cannot be sent by itself is held, even if nothing else could be sent either. */
const mostTries = 3;
/**
 * How long an engine that is back may answer and still take nothing, in ms: a driver may have several connections, and
 * the one for sending may come back last.
 */
const backMs = 2_000;

export interface SetbacksParts {
  readonly engine: QueueDriver;
  readonly line: Line;
  readonly log: Log;
  /** Ends all waits. */
  readonly stopping: AbortSignal;
}

/** Whether the engine stores nothing more, whatever it is sent. */
export const takesNothing = (error: unknown): boolean =>
  error instanceof QueueUnavailableError && error.takesNothing;

/** What follows when the engine does not take something: what is held, how much is tried at once, how long to wait. */
export class Setbacks {
  readonly #parts: SetbacksParts;
  #size = new BatchSize();
  /** Tries in a row that came to nothing. */
  #failures = 0;
  /** Tries in a row that came to nothing although the engine answers. */
  #refusals = 0;
  /** When the first of these came to nothing, on our own clock. */
  #refusedAt = 0;
  #tookAt = -Infinity;

  constructor(parts: SetbacksParts) {
    this.#parts = parts;
  }

  /** How many messages are to be tried at once. */
  get most(): number {
    return this.#size.most;
  }

  /**
   * The engine took something.
   *
   * @param count how many it was sent
   * @param tookMs how long it needed for them
   */
  took(count: number, tookMs: number): void {
    [this.#failures, this.#refusals, this.#tookAt] = [0, 0, performance.now()];
    this.#size.took(count, tookMs);
  }

  /** Nothing waits any more: what the engine takes at once may be another number the next time. */
  rest(): void {
    this.#size = new BatchSize();
  }

  /** Sending these failed with this error. Resolves when it is time to try again. */
  async met(rows: readonly SpillRow[], error: unknown): Promise<void> {
    const { line, stopping } = this.#parts;
    if (stopping.aborted) return;
    const { lanes, shards } = line;
    if (takesNothing(error)) {
      // Other messages, or fewer, would not be taken either.
      this.#refusals = 0;
      return this.#pauseLonger(longestPauseMs);
    }
    if (error instanceof EventTooLargeError && error.places.length > 0) {
      const large = new Set(error.places.flatMap((place) => rows[place]?.lane ?? []));
      for (const lane of large) this.#hold(lanes, lane, error);
      return;
    }
    if (error instanceof EventsRefusedError) {
      const full = new Set(error.places.flatMap((place) => rows[place]?.shard ?? []));
      for (const shard of full) this.#hold(shards, shard, error);
      return;
    }
    await this.#failed(rows, error);
  }

  /** Either the engine is away, or it fails over one message; if it answers, that message is searched for. */
  async #failed(rows: readonly SpillRow[], error: unknown): Promise<void> {
    const answers = await this.#answers();
    this.#refusals = answers ? this.#refusals + 1 : 0;
    // The engine may have come back just now, so it is tried again soon.
    if (this.#refusals === 1) [this.#failures, this.#refusedAt] = [0, performance.now()];
    const tookLately = performance.now() - this.#tookAt < lateMs;
    const [alone] = rows.length === 1 ? rows : [];
    if (alone === undefined) {
      const isBack = tookLately || performance.now() - this.#refusedAt >= backMs;
      if (answers && (isBack || error instanceof EventTooLargeError)) return this.#size.halve(rows.length);
      return this.#pauseLonger(longestAwayMs);
    }
    const { lanes } = this.#parts.line;
    if (answers && (tookLately || lanes.isDoubted(alone.lane))) return this.#holdAlone(alone.lane, error);
    // Held to see whether others are taken; nothing proves yet that this message is the cause.
    if (this.#refusals > mostTries) lanes.refuse(alone.lane, performance.now());
    await this.#pauseLonger(longestAwayMs);
  }

  /** At the first time its connection may just have been lost, while the engine answers over another. */
  #holdAlone(lane: string, error: unknown): void {
    const { lanes } = this.#parts.line;
    if (lanes.has(lane)) this.#hold(lanes, lane, error);
    else lanes.doubt(lane, performance.now());
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
  async #pauseLonger(longestMs: number): Promise<void> {
    this.#failures += 1;
    await sleep(Math.min(pauseMs(this.#failures), longestMs), this.#parts.stopping);
  }

  #hold<K>(holds: Holds<K>, key: K, reason: unknown): void {
    this.#parts.log.error("queue.spill_refused", errorFields(reason));
    holds.refuse(key, performance.now());
  }
}

import { ClosedError, EventsRefusedError, EventTooLargeError, QueueUnavailableError } from "../../errors.ts";
import { decodeMessage, type Message } from "../../event/message.ts";
import { Bell } from "../../lib/bell.ts";
import { sleep } from "../../lib/sleep.ts";
import { errorFields, type Log } from "../../log.ts";
import type { QueueDriver } from "../driver.ts";
import type { Line } from "./line.ts";
import type { SpillSlot } from "./slot.ts";
import type { SpillRow } from "./store.ts";

/** Messages that are forwarded at once. */
const batch = 500;
/** Waits between tries, in ms: short at first, for a moment's trouble; then not too long to come back soon. */
const firstMs = 100;
const longestMs = 5_000;
/** An engine that takes longer to answer is away; one that took something so lately is not. In ms. */
const lateMs = 1_000;
/** After so many tries a message that cannot be sent by itself is held, even if nothing else could be sent either. */
const mostTries = 3;
/** So many that were forwarded may be still on a disk that cannot forget them. */
const mostSent = 10_000;
/** How often one looks for what dead processes left, in ms. */
const adoptMs = 10_000;

export interface ForwarderParts {
  readonly engine: QueueDriver;
  readonly slot: SpillSlot;
  readonly line: Line;
  readonly log: Log;
  /** Told when everything of a turn has been forwarded. */
  readonly onEmpty: () => Promise<void>;
}

/** Whether the engine stores nothing more, whatever it is sent. */
export const takesNothing = (error: unknown): boolean =>
  error instanceof QueueUnavailableError && error.takesNothing;

/** Brings what waits on the disk to the engine, in order, until it is stopped. */
export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #bell = new Bell();
  /** Tries in a row that came to nothing; those of them after which the engine did answer; how much is tried at once. */
  #failures = 0;
  #refusals = 0;
  #most = batch;
  #tookAt = -Infinity;
  #adoptedAt = performance.now();
  /** What is asked of the disk → how often in a row it failed. */
  readonly #diskFailures = new Map<string, number>();
  /** Forwarded, and not removed from the disk yet, since it is full. */
  #sent: number[] = [];
  #forgetAt = 0;

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** Something came. */
  wake(): void {
    this.#bell.ring();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { slot, line, onEmpty } = this.#parts;
    while (!this.#stop.signal.aborted) {
      await this.#adoptAtTimes();
      await this.#forget();
      const turn = line.turn(performance.now());
      const rows = await this.#onDisk("read", () =>
        slot.file.next({ ...turn, sent: this.#sent, max: this.#most }),
      );
      if (rows === undefined) continue;
      if (rows.length > 0) await this.#forward(rows);
      else if (line.clear(turn)) {
        await this.#onDisk("count", onEmpty);
        await this.#idle(turn.entered);
      }
    }
  }

  async #forward(rows: readonly SpillRow[]): Promise<void> {
    const readable = rows.flatMap((row) => this.#read(row) ?? []);
    if (readable.length === 0) return;
    try {
      await this.#parts.engine.send(readable.map(({ message }) => message));
    } catch (error) {
      await this.#refused(
        readable.map(({ row }) => row),
        error,
      );
      return;
    }
    await this.#taken(readable.map(({ row }) => row));
  }

  async #taken(rows: readonly SpillRow[]): Promise<void> {
    if (rows.length === 0) return;
    [this.#failures, this.#refusals, this.#tookAt] = [0, 0, performance.now()];
    this.#most = Math.min(batch, this.#most * 2);
    for (const { id, shard, lane } of rows) {
      this.#sent.push(id);
      this.#parts.line.taken(shard, lane);
    }
    await this.#forget();
  }

  /** A full disk cannot forget, but what was forwarded must be neither sent again nor in anybody's way meanwhile. */
  async #forget(): Promise<void> {
    if (this.#sent.length === 0) return;
    while (performance.now() >= this.#forgetAt || this.#sent.length > mostSent) {
      const ids = this.#sent;
      const isDone = await this.#onDisk("forget", () => this.#parts.slot.file.remove(ids).then(() => true));
      if (isDone === true) {
        this.#sent = [];
        return;
      }
      this.#forgetAt = performance.now() + longestMs;
      if (this.#stop.signal.aborted) return;
    }
  }

  async #refused(rows: readonly SpillRow[], error: unknown): Promise<void> {
    if (error instanceof ClosedError) return;
    const { line } = this.#parts;
    const now = performance.now();
    if (error instanceof EventTooLargeError && error.places.length > 0) {
      const lanes = new Set(error.places.flatMap((place) => rows[place]?.lane ?? []));
      for (const lane of lanes) this.#hold(error, () => line.lanes.refuse(lane, now));
      return;
    }
    if (error instanceof EventsRefusedError) {
      const places = new Set(error.places);
      await this.#taken(rows.filter((_, place) => !places.has(place)));
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
    const { engine, line } = this.#parts;
    const answers = await Promise.race([
      engine.depth().then(
        () => true,
        () => false,
      ),
      sleep(lateMs, this.#stop.signal).then(() => false),
    ]);
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

  /** Longer each time, until the engine has taken something. */
  async #pauseLonger(): Promise<void> {
    await this.#pause(this.#failures);
    this.#failures += 1;
  }

  #hold(reason: unknown, hold: () => void): void {
    this.#parts.log.error("queue.spill_refused", errorFields(reason));
    hold();
  }

  /** A message that a newer version wrote is held like one that is refused: it waits for that version. */
  #read(row: SpillRow): { readonly row: SpillRow; readonly message: Message } | undefined {
    try {
      return { row, message: decodeMessage(row.message) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#parts.log.error("queue.message_unreadable", errorFields(error));
      this.#parts.line.lanes.refuse(row.lane, performance.now());
      return undefined;
    }
  }

  async #adoptAtTimes(): Promise<void> {
    const { slot, line } = this.#parts;
    if (performance.now() - this.#adoptedAt < adoptMs) return;
    this.#adoptedAt = performance.now();
    await this.#onDisk("take over", () => slot.adopt((shards) => line.enter(shards)));
  }

  /** What the disk does; undefined if it fails, after a pause. Told once, and once when it does everything again. */
  async #onDisk<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    const { log } = this.#parts;
    const failing = this.#diskFailures;
    try {
      const result = await work();
      if (failing.delete(what) && failing.size === 0) log.info("queue.spill_works");
      return result;
    } catch (error) {
      if (failing.size === 0) log.error("queue.spill_failed", errorFields(error));
      const failures = failing.get(what) ?? 0;
      failing.set(what, failures + 1);
      await this.#pause(failures);
      return undefined;
    }
  }

  #pause(failures: number): Promise<void> {
    return sleep(Math.min(longestMs, firstMs * 2 ** Math.min(failures, 10)), this.#stop.signal);
  }

  /** Until something enters, what is held is to be tried again, or it is time to look for what the dead left. */
  async #idle(entered: number): Promise<void> {
    const { line } = this.#parts;
    const now = performance.now();
    const forgetAt = this.#sent.length > 0 ? this.#forgetAt : Infinity;
    const ms = Math.min(line.nextEnd(now), this.#adoptedAt + adoptMs, forgetAt) - now;
    if (line.entered === entered) await this.#bell.wait(ms, this.#stop.signal);
  }
}

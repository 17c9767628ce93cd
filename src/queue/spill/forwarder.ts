import { EventsRefusedError } from "../../errors.ts";
import { type Message, readMessage } from "../../event/message.ts";
import { Bell } from "../../lib/async/bell.ts";
import { errorFields, type Log } from "../../log.ts";
import type { QueueDriver } from "../driver.ts";
import { DiskTrouble } from "./disk-trouble.ts";
import { Forwarded } from "./forwarded.ts";
import type { Line } from "./line.ts";
import { fileNameOf } from "./locked-file.ts";
import { Setbacks } from "./setbacks.ts";
import type { SpillSlot } from "./slot.ts";
import { isFullList, type SpillRow } from "./store.ts";

/** How often one looks for what dead processes left, in ms. */
const adoptMs = 10_000;
/** After so long without anything that waits it is over, in ms: an engine may be lost several times in a second. */
const calmMs = 1_000;

interface ReadRow {
  readonly row: SpillRow;
  readonly message: Message;
}

export interface ForwarderParts {
  readonly engine: QueueDriver;
  readonly slot: SpillSlot;
  readonly line: Line;
  readonly log: Log;
  /** Told when nothing has waited for a while, and at the stop if nothing waits then. */
  readonly onEmpty: () => void;
}

/** Brings what waits on the disk to the engine, in order, until it is stopped. */
export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #bell = new Bell();
  readonly #setbacks: Setbacks;
  readonly #disk: DiskTrouble;
  readonly #forwarded: Forwarded;
  /** Ids of messages that the disk has damaged: they stay where they are, and are passed over. */
  readonly #damaged = new Set<number>();
  #adoptedAt = performance.now();
  /** Since when nothing waits; Infinity while something does. */
  #emptySince = Infinity;

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
    const stopping = this.#stop.signal;
    this.#setbacks = new Setbacks({ ...parts, stopping });
    const disk = new DiskTrouble(parts.log, stopping);
    this.#disk = disk;
    this.#forwarded = new Forwarded({ ...parts, disk, stopping, failed: () => parts.line.letIn() });
    this.#running = this.#run();
  }

  /** How many messages stay on the disk since it has damaged them. */
  get damaged(): number {
    return this.#damaged.size;
  }

  /** Something came. */
  wake(): void {
    this.#bell.ring();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    const { line, onEmpty } = this.#parts;
    if (this.#isEmpty) onEmpty();
    line.letIn();
  }

  get #isEmpty(): boolean {
    return this.#parts.line.isEmpty && this.#forwarded.ids.length === 0;
  }

  async #run(): Promise<void> {
    const { slot, line, onEmpty } = this.#parts;
    while (!this.#stop.signal.aborted) {
      const { rung } = this.#bell;
      await this.#adoptAtTimes();
      await this.#forwarded.remove();
      const turnAt = performance.now();
      const turn = line.turn(turnAt);
      const { most } = this.#setbacks;
      const sent = [...this.#forwarded.ids, ...this.#damaged];
      const rows = await this.#disk.try("read", () => slot.next({ ...turn, sent, max: most }));
      if (rows === undefined) {
        line.letIn();
        await this.#disk.pause("read");
      } else if (rows.length > 0) await this.#forward(rows, { isRest: !isFullList(rows, most) });
      else if (line.clear(turn)) {
        line.letIn();
        this.#setbacks.rest();
        this.#emptySince = this.#isEmpty ? Math.min(this.#emptySince, turnAt) : Infinity;
        if (turnAt >= this.#emptySince + calmMs) onEmpty();
        await this.#idle(rung, turnAt);
      }
    }
  }

  async #forward(rows: readonly SpillRow[], { isRest }: { readonly isRest: boolean }): Promise<void> {
    const { line } = this.#parts;
    this.#emptySince = Infinity;
    const readable = this.#readable(rows);
    if (readable.length === 0) return;
    if (!isRest) line.letIn();
    const tried = readable.map(({ row }) => row);
    const begun = performance.now();
    const taken = (some: readonly SpillRow[]): Promise<void> => {
      if (some.length > 0) this.#setbacks.took(rows.length, performance.now() - begun);
      return this.#taken(some);
    };
    try {
      await this.#parts.engine.send(
        readable.map(({ message }) => message),
        { isAgain: true },
      );
    } catch (error) {
      line.letIn();
      if (error instanceof EventsRefusedError) {
        const refused = new Set(error.places);
        await taken(tried.filter((_, place) => !refused.has(place)));
      }
      await this.#setbacks.met(tried, error);
      return;
    }
    // An engine that takes something will soon have all. Else what comes while it takes one list would be the next one,
    // for as long as something comes.
    if (isRest) line.holdBack();
    await taken(tried);
  }

  async #taken(rows: readonly SpillRow[]): Promise<void> {
    for (const { id, shard, lane } of rows) {
      this.#forwarded.add(id);
      this.#parts.line.taken(shard, lane);
    }
    await this.#forwarded.remove();
  }

  /**
   * A message that a newer version wrote is held with its lane, like one that is refused: it waits for that version. One
   * that is damaged can never be read, so nothing waits for it.
   */
  #readable(rows: readonly SpillRow[]): readonly ReadRow[] {
    const held = new Set<string>();
    return rows.flatMap((row) => {
      if (held.has(row.lane)) return [];
      const isDamaged = row.message.length === 0;
      const message = isDamaged ? damage(row) : readMessage(row.message);
      if (!(message instanceof RangeError)) return { row, message };
      this.#parts.log.error("queue.message_unreadable", errorFields(message));
      if (isDamaged) {
        this.#damaged.add(row.id);
        return [];
      }
      this.#parts.line.lanes.refuse(row.lane, performance.now());
      held.add(row.lane);
      return [];
    });
  }

  async #adoptAtTimes(): Promise<void> {
    const { slot, line } = this.#parts;
    if (performance.now() - this.#adoptedAt < adoptMs) return;
    this.#adoptedAt = performance.now();
    const found = await this.#disk.try("take over", () => slot.adopt());
    if (found !== undefined && found > 0) line.enterAll();
  }

  /**
   * Waits until something came, something that is held or was not removed is to be tried again, or it is time to look
   * for what dead processes left, or to tell that nothing waits.
   *
   * @param turnAt what was held at that time was not read, even if it may be tried again by now
   */
  async #idle(rung: number, turnAt: number): Promise<void> {
    const { line } = this.#parts;
    const calmAt = this.#emptySince + calmMs;
    const tellAt = calmAt > turnAt ? calmAt : Infinity;
    const next = Math.min(line.nextEnd(turnAt), this.#adoptedAt + adoptMs, this.#forwarded.removeAt, tellAt);
    await this.#bell.wait(next - performance.now(), this.#stop.signal, rung);
  }
}

const damage = ({ id }: SpillRow): RangeError =>
  new RangeError(
    `${fileNameOf(id)} in the data folder is damaged where an event waits, which stays there, and all others go on. ` +
      "When nothing else waits any more, stop Hookwell and move the file away.",
  );

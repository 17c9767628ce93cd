import type { DatabaseSync } from "node:sqlite";
import { keyHash } from "./key-hash.ts";
import { RecentKeys, type Newest } from "./recent-keys.ts";
import { Segments, segmentSizes, type Job, type SegmentSizes } from "./segments.ts";
import type { EventRows } from "./sqlite-rows.ts";

export interface KeySizes extends SegmentSizes {
  /** When so many events are in memory, they are sealed; a start after a crash reads at most twice as many. */
  readonly sealAfter: number;
}

export const keySizes: KeySizes = { ...segmentSizes, sealAfter: 32_768 };

/** Where an event is, by its id, its entity or its state; the cost does not grow with the history. */
export class SqliteKeys {
  readonly #sizes: KeySizes;
  readonly #segments: Segments;
  readonly #rows: EventRows;
  #recent = new RecentKeys();
  /** Being sealed, and still asked meanwhile. */
  #sealing: RecentKeys | undefined;

  constructor(db: DatabaseSync, rows: EventRows, sizes: KeySizes = keySizes) {
    this.#sizes = sizes;
    this.#segments = new Segments(db, sizes);
    this.#rows = rows;
    this.#restore();
  }

  event(eventId: string): number | undefined {
    const recent = this.#recent.event(eventId) ?? this.#sealing?.event(eventId);
    if (recent !== undefined) return recent;
    const found = this.#segments.find(keyHash("event", eventId));
    return found.find((seq) => this.#rows.at(seq)?.message.eventId === eventId);
  }

  /** Events that may belong to the entity, newest first; some may not, and some may be gone. */
  entity(entity: string): readonly number[] {
    const recent = [...this.#recent.entity(entity), ...(this.#sealing?.entity(entity) ?? [])];
    const seqs = new Set([...recent, ...this.#segments.find(keyHash("entity", entity))]);
    return [...seqs].sort((a, b) => b - a);
  }

  /** The newest revision of the state that was handled. */
  newest(state: string): Newest | undefined {
    // What was handled last is the newest, so whatever is in memory wins over every segment.
    return newer(this.#recent.state(state), this.#sealing?.state(state)) ?? this.#sealedNewest(state);
  }

  added(eventId: string, entity: string, seq: number): void {
    this.#recent.addEvent(eventId, entity, seq);
  }

  handled(state: string, revision: number, seq: number): void {
    this.#recent.addHandled(state, revision, seq);
  }

  /** What should be done next to keep questions cheap, if anything. `change` is the newest change written. */
  job(change: number): Job | undefined {
    if (this.#recent.size >= this.#sizes.sealAfter) return this.#seal(change);
    const level = this.#segments.crowdedLevel();
    return level === undefined ? undefined : this.#segments.merge(level);
  }

  /** What unfinished jobs left. */
  clear(): Job {
    return this.#segments.clear();
  }

  /** Forgets the keys of events that are gone, where everything is older than `seq`. */
  shed(seq: number): Job {
    return this.#segments.shed(seq);
  }

  *#seal(change: number): Job {
    const sealing = this.#recent;
    this.#sealing = sealing;
    this.#recent = new RecentKeys();
    yield* this.#segments.seal(sealing.entries(), change);
    this.#sealing = undefined;
  }

  #sealedNewest(state: string): Newest | undefined {
    let newest: Newest | undefined;
    for (const seq of this.#segments.find(keyHash("state", state))) {
      const row = this.#rows.at(seq);
      const revision = row?.message.state === state && row.counts === 1 ? row.message.revision : null;
      if (revision !== null) newest = newer(newest, { revision, seq });
    }
    return newest;
  }

  /** Rebuilds what was in memory from the rows that no segment knows, or not as they are now. */
  #restore(): void {
    const { sealedTo } = this.#segments;
    for (const { seq, counts, message } of this.#rows.each("where seq > ?", sealedTo)) {
      this.#recent.addEvent(message.eventId, message.entity, seq);
      if (counts === 1 && message.state !== null && message.revision !== null) {
        this.#recent.addHandled(message.state, message.revision, seq);
      }
    }
    for (const { seq, counts, message } of this.#rows.each(
      "where changed > ? and seq <= ?",
      sealedTo,
      sealedTo,
    )) {
      const { state, revision } = message;
      if (counts === 0 || state === null || revision === null) continue;
      this.#recent.addHandled(state, revision, seq);
      // It may have changed for another reason, such as a repeat; so a newer one that a segment knows is heard too.
      const sealed = this.#sealedNewest(state);
      if (sealed !== undefined) this.#recent.addHandled(state, sealed.revision, sealed.seq);
    }
  }
}

function newer(a: Newest | undefined, b: Newest | undefined): Newest | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.revision > a.revision ? b : a;
}

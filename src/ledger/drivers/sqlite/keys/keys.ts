import type { DatabaseSync } from "node:sqlite";
import { isNewestOf, seqOf } from "./key-chunk.ts";
import { keyOf, type Key } from "./key-hash.ts";
import { RecentKeys, type Newest } from "./recent-keys.ts";
import { Segments, type Job, type SegmentSizes } from "./segments.ts";
import type { EventRows } from "../rows.ts";

export interface KeySizes extends SegmentSizes {
  /**
   * After this many changes, the keys that they added to the memory are sealed; a start reads little more than twice as
   * many.
   */
  readonly sealAfter: number;
}

export const keySizes: KeySizes = {
  sealAfter: 16_384,
  fanout: 8,
  sliceEntries: 32_768,
  chunkEntries: 336,
  pieceBytes: 2 ** 18,
};

/** Where an event is, by its id, its entity or its state; the cost does not grow with the history. */
export class SqliteKeys {
  readonly #sizes: KeySizes;
  readonly #segments: Segments;
  readonly #rows: EventRows;
  #recent = new RecentKeys();
  /**
   * The keys before those: being sealed, or sealed. Still asked before the segments, since most questions are about
   * young events.
   */
  #before: RecentKeys | undefined;
  /** Keys of changes up to this one are sealed, or being sealed. */
  #sealedTo: number;
  /** The one that was asked or added last, since the entity of an event mostly is its state as well. */
  #subject = keyOf("subject", "");

  constructor(db: DatabaseSync, rows: EventRows, sizes: KeySizes) {
    this.#sizes = sizes;
    this.#segments = new Segments(db, sizes);
    this.#sealedTo = this.#segments.sealedTo;
    this.#rows = rows;
    this.#restore();
  }

  event(eventId: string): number | undefined {
    const key = keyOf("event", eventId);
    const recent = this.#recent.event(key) ?? this.#before?.event(key);
    if (recent !== undefined) return recent;
    const found = this.#segments.find(key.hash).map(seqOf);
    return found.find((seq) => this.#rows.at(seq)?.message.eventId === eventId);
  }

  /** Events that may belong to the entity, newest first; some may not, and some may be gone. */
  entity(entity: string): readonly number[] {
    const key = this.#subjectOf(entity);
    const recent = [...this.#recent.entity(key), ...(this.#before?.entity(key) ?? [])];
    const seqs = new Set([...recent, ...this.#segments.find(key.hash).map(seqOf)]);
    return [...seqs].sort((a, b) => b - a);
  }

  /** The newest revision of the state that was handled. */
  newest(state: string): Newest | undefined {
    const key = this.#subjectOf(state);
    // What was handled last is the newest, so whatever is younger wins: memory over every segment.
    return this.#recent.state(key) ?? this.#before?.state(key) ?? this.#sealedNewest(key);
  }

  added(eventId: string, entity: string, seq: number): void {
    this.#recent.addEvent(keyOf("event", eventId), this.#subjectOf(entity), seq);
  }

  handled(state: string, revision: number, seq: number): void {
    this.#recent.addHandled(this.#subjectOf(state), revision, seq);
  }

  /**
   * The job that keeps the memory small, if it is time for one. Repeats count too: they add no keys, but a start reads
   * what they changed. `change` is the newest change written.
   */
  seal(change: number): Job | undefined {
    return change - this.#sealedTo >= this.#sizes.sealAfter ? this.#seal(change) : undefined;
  }

  /** The job that keeps questions cheap, if there is anything to merge. */
  merge(): Job | undefined {
    const level = this.#segments.crowdedLevel();
    return level === undefined ? undefined : this.#segments.merge(level);
  }

  /** The job that clears away what unfinished jobs have left. */
  clear(): Job {
    return this.#segments.clear();
  }

  /** Forgets the keys of events that are gone, where everything is older than `seq`. */
  shed(seq: number): Job {
    return this.#segments.shed(seq);
  }

  *#seal(change: number): Job {
    const sealing = this.#recent;
    this.#before = sealing;
    this.#recent = new RecentKeys();
    this.#sealedTo = change;
    const run = sealing.run();
    yield;
    yield* this.#segments.seal(run, change);
  }

  #subjectOf(text: string): Key {
    if (this.#subject.text !== text) this.#subject = keyOf("subject", text);
    return this.#subject;
  }

  #sealedNewest({ hash, text }: Key): Newest | undefined {
    let newest: Newest | undefined;
    for (const pointer of this.#segments.find(hash)) {
      if (!isNewestOf(pointer)) continue;
      const seq = seqOf(pointer);
      const row = this.#rows.at(seq);
      const revision = row?.message.state === text ? row.message.revision : null;
      if (revision !== null && revision > (newest?.revision ?? -1)) newest = { revision, seq };
    }
    return newest;
  }

  /** Rebuilds what was in memory from the rows that no segment knows, or not as they are now. */
  #restore(): void {
    const sealedTo = this.#sealedTo;
    for (const { seq, counts, message } of this.#rows.keyed("where seq > ? order by seq", sealedTo)) {
      const { eventId, entity, state, revision } = message;
      this.added(eventId, entity, seq);
      if (counts && state !== null && revision !== null) this.handled(state, revision, seq);
    }
    const changed = this.#rows.keyed("where changed > ? and seq <= ?", sealedTo, sealedTo);
    for (const { seq, counts, message } of changed) {
      const { state, revision } = message;
      if (!counts || state === null || revision === null) continue;
      this.handled(state, revision, seq);
      // The row may have changed for another reason, such as a repeat; so a segment that knows a newer revision is
      // asked too.
      const sealed = this.#sealedNewest(this.#subjectOf(state));
      if (sealed !== undefined) this.handled(state, sealed.revision, sealed.seq);
    }
  }
}

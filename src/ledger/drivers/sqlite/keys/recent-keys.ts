import { pointerTo } from "./key-chunk.ts";
import type { Key } from "./key-hash.ts";
import { KeyIndex } from "./key-index.ts";
import { sortedRun, type KeyRun } from "./key-run.ts";
import { SeqList } from "./seq-list.ts";

/** The newest revision of a state that was handled, and the event that had it. */
export interface Newest {
  readonly revision: number;
  readonly seq: number;
}

/**
 * The keys of the events that no segment holds yet; rebuilt from the table after a crash. Event ids and states are kept
 * exactly, and are cheap to find and to add. Entities are a list that has to be searched, since only people ask for
 * them.
 */
export class RecentKeys {
  readonly #events = new KeyIndex();
  /** By the place of the event. */
  readonly #eventSeqs: number[] = [];
  readonly #states = new KeyIndex();
  /** Both by the place of the state. */
  readonly #revisions: number[] = [];
  readonly #stateSeqs: number[] = [];
  /** For each event, in order: the hash of its entity, and its seq. */
  readonly #entities: number[] = [];
  readonly #seqs = new SeqList();

  /** @param seq greater than those of all events before */
  addEvent(event: Key, entity: Key, seq: number): void {
    const place = this.#events.find(event);
    this.#eventSeqs[place < 0 ? this.#events.add(event) : place] = seq;
    this.#entities.push(entity.hash);
    this.#seqs.push(seq);
  }

  addHandled(state: Key, revision: number, seq: number): void {
    const known = this.#states.find(state);
    if (known >= 0 && revision < (this.#revisions[known] ?? 0)) return;
    const place = known < 0 ? this.#states.add(state) : known;
    this.#revisions[place] = revision;
    this.#stateSeqs[place] = seq;
  }

  event(event: Key): number | undefined {
    const place = this.#events.find(event);
    return place < 0 ? undefined : this.#eventSeqs[place];
  }

  /** Events that may belong to the entity: hashes collide. */
  entity({ hash }: Key): readonly number[] {
    const seqs: number[] = [];
    for (
      let place = this.#entities.indexOf(hash);
      place >= 0;
      place = this.#entities.indexOf(hash, place + 1)
    ) {
      seqs.push(this.#seqs.at(place));
    }
    return seqs;
  }

  state(state: Key): Newest | undefined {
    const place = this.#states.find(state);
    if (place < 0) return undefined;
    return { revision: this.#revisions[place] ?? 0, seq: this.#stateSeqs[place] ?? 0 };
  }

  /** Everything as entries of a segment. */
  run(): KeyRun {
    const events = this.#eventSeqs.map((seq) => pointerTo(seq, false));
    const entities = this.#entities.map((_, place) => pointerTo(this.#seqs.at(place), false));
    const stateHashes: number[] = [];
    const states: number[] = [];
    for (const [place, hash] of this.#states.hashes.entries()) {
      const seq = this.#stateSeqs[place] ?? 0;
      const pointer = pointerTo(seq, true);
      const event = this.#seqs.find(seq);
      // Mostly the state is the entity; then the event has an entry with this hash already.
      if (event >= 0 && this.#entities[event] === hash) entities[event] = pointer;
      else {
        stateHashes.push(hash);
        states.push(pointer);
      }
    }
    return sortedRun(
      this.#events.hashes.concat(this.#entities, stateHashes),
      events.concat(entities, states),
    );
  }
}

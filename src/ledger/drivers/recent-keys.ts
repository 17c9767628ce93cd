import { keyHash } from "./key-hash.ts";

/** The newest revision of a state that was handled, and the event that had it. */
export interface Newest {
  readonly revision: number;
  readonly seq: number;
}

/** One line of a segment. */
export interface KeyEntry {
  readonly hash: number;
  readonly seq: number;
}

/** The keys of the events that no segment holds yet. They are exact, and rebuilt from the table after a crash. */
export class RecentKeys {
  readonly #events = new Map<string, number>();
  readonly #entities = new Map<string, number[]>();
  readonly #states = new Map<string, Newest>();

  /** How much of the memory they take; an old event that is handled again adds a state only. */
  get size(): number {
    return Math.max(this.#events.size, this.#states.size);
  }

  addEvent(eventId: string, entity: string, seq: number): void {
    this.#events.set(eventId, seq);
    const seqs = this.#entities.get(entity);
    if (seqs === undefined) this.#entities.set(entity, [seq]);
    else seqs.push(seq);
  }

  addHandled(state: string, revision: number, seq: number): void {
    const newest = this.#states.get(state);
    if (newest === undefined || revision >= newest.revision) this.#states.set(state, { revision, seq });
  }

  event(eventId: string): number | undefined {
    return this.#events.get(eventId);
  }

  entity(entity: string): readonly number[] {
    return this.#entities.get(entity) ?? [];
  }

  state(state: string): Newest | undefined {
    return this.#states.get(state);
  }

  /** Everything as entries, in the order of a segment. */
  entries(): readonly KeyEntry[] {
    const entries: KeyEntry[] = [];
    for (const [eventId, seq] of this.#events) entries.push({ hash: keyHash("event", eventId), seq });
    for (const [entity, seqs] of this.#entities) {
      const hash = keyHash("entity", entity);
      for (const seq of seqs) entries.push({ hash, seq });
    }
    for (const [state, { seq }] of this.#states) entries.push({ hash: keyHash("state", state), seq });
    return entries.sort((a, b) => a.hash - b.hash || a.seq - b.seq);
  }
}

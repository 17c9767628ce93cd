import type { Message } from "../../../event/message.ts";
import type { Verdict } from "../../driver.ts";
import type { Attempt, EventRecord, EventStatus } from "../../record.ts";
import { toRecord } from "../../to-record.ts";
import { verdictOn } from "../../verdict-on.ts";

/** All that is known of an event. */
export interface Entry {
  /** As it was first admitted. */
  readonly message: Message;
  /** Place in the order of first admission. */
  readonly seq: number;
  /** The copy that was admitted last, duplicates aside. */
  copy: string;
  status: EventStatus;
  deliveries: number;
  conflict: boolean;
  settledAt: number | null;
  error: string | null;
  readonly attemptLog: Attempt[];
  /** True if the last attempt in the log has begun and is not over. */
  begun: boolean;
  /** Id of its newest change. */
  change: number;
}

interface Newest {
  readonly revision: number;
  readonly eventId: string;
}

/** What a memory ledger knows. It outlives the driver, as a file would, so that a ledger can be opened again. */
export class MemoryLedgerStore {
  readonly entries: Map<string, Entry> = new Map();
  duplicates = 0;
  latestChange = 0;
  /** State → newest revision that was handled. */
  readonly #newest = new Map<string, Newest>();
  #seq = 0;

  add(message: Message): Entry {
    this.#seq += 1;
    const entry: Entry = {
      // A copy of the body, since the queue may use its buffer again.
      message: { ...message, body: new Uint8Array(message.body) },
      seq: this.#seq,
      copy: message.copy,
      status: "pending",
      deliveries: 1,
      conflict: false,
      settledAt: null,
      error: null,
      attemptLog: [],
      begun: false,
      change: 0,
    };
    this.entries.set(message.eventId, entry);
    return entry;
  }

  verdictOn({ eventId, state, revision }: Message): Verdict {
    const newest = state === null ? undefined : this.#newest.get(state);
    const { attemptLog = [], error = null } = this.entries.get(eventId) ?? {};
    const isNewest = newest?.eventId === eventId;
    return verdictOn(revision, newest?.revision, { attempts: attemptLog.length, error, isNewest });
  }

  /** From here on the revision counts for the gate. */
  handled({ eventId, state, revision }: Message): void {
    if (state === null || revision === null) return;
    const newest = this.#newest.get(state);
    if (newest === undefined || revision >= newest.revision) this.#newest.set(state, { revision, eventId });
  }

  changed(entry: Entry): void {
    this.latestChange += 1;
    entry.change = this.latestChange;
  }
}

export const recordOf = (entry: Entry): EventRecord =>
  toRecord(entry.message, { ...entry, attempts: entry.attemptLog.length });

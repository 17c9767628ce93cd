import type { EventStatus } from "../../src/ledger/record.ts";
import type { SentEvent } from "../../test/support/events/deliveries.ts";
import type { Entry } from "../../test/support/program/journal.ts";
import type { Menu } from "../handler/behaviour.ts";
import type { Effect } from "./committed.ts";

/** How a process ended. */
export interface End {
  /** On the shared clock. */
  readonly at: number;
  /** `stopped`: it was asked to, and ended with code 0. `crashed`: all else. */
  readonly how: "stopped" | "crashed";
}

/** Begins what stands in the place of a hash if the answer was not the bytes: then its status follows. */
export const notRead = "status ";

/** An event as the ledger tells it. `hash` is undefined if its bytes were not asked for. */
export interface StoredEvent {
  readonly status: EventStatus;
  readonly hash: string | undefined;
}

/** What the ledger tells, at one time at which all should be settled. */
export interface Stored {
  readonly events: ReadonlyMap<string, StoredEvent>;
  /** As the statistics count them. */
  readonly counted: Readonly<Record<EventStatus, number>>;
}

/** The ledger could not be read. */
export interface Unread {
  readonly why: string;
}

/** The first time that an event was shown as settled. */
export interface Told {
  readonly status: EventStatus;
  readonly at: number;
}

/** Everything that was seen from outside of the process. */
export interface Facts {
  readonly sent: ReadonlyMap<string, SentEvent>;
  /** Answered with 200, and when. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** A handler whose row is not there, although it writes one, did not come to its end. */
  readonly journal: readonly Entry[];
  /** Processes that have ended, by their generation. */
  readonly ends: ReadonlyMap<number, End>;
  /** Those of them that a power cut ended: what they had not flushed is lost. */
  readonly powerCuts: ReadonlySet<number>;
  readonly told: ReadonlyMap<string, Told>;
  /** How often a person asked for an event to be handled again, at most. */
  readonly replays: ReadonlyMap<string, number>;
  /** Handlers of these were mended: they work by now, whatever the menu says. */
  readonly mended: ReadonlySet<string>;
  /** Received and settled so long ago that they may be gone. */
  readonly forgettable: ReadonlySet<string>;
  readonly menu: Menu;
  /** Rows that handlers wrote in the transaction of their event, by event; undefined: they write none. */
  readonly effects: ReadonlyMap<string, readonly Effect[]> | undefined;
  /** How soon after its handler an event must be settled, in ms, where nothing keeps it from being so. */
  readonly settleMs: number;
}

/** A broken promise. */
export interface Violation {
  readonly rule: Rule;
  /** A sentence. */
  readonly text: string;
}

export type Rule =
  | "stored"
  | "bytes"
  | "settles"
  | "order"
  | "alone"
  | "once"
  | "ending"
  | "answer"
  | "ready"
  | "crash"
  | "told"
  | "damage"
  | "read"
  | "effect";

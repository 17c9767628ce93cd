/** The states of an event; `handled`, `obsolete` and `dead` are settled. */
export const statuses = ["pending", "retrying", "handled", "obsolete", "dead"] as const;
export type EventStatus = (typeof statuses)[number];

/** Those of events that are forgotten when they are old enough; all others are kept. */
export const forgettable: readonly EventStatus[] = ["handled", "obsolete"];

export const isSettled = (status: EventStatus): boolean => status !== "pending" && status !== "retrying";

/** An event as the ledger tells it, without its body. Times are ISO 8601 in UTC. */
export interface EventRecord {
  readonly eventId: string;
  readonly name: string;
  readonly entity: string;
  readonly revision: number | null;
  readonly status: EventStatus;
  /** How often a handler was run for it. */
  readonly attempts: number;
  /** 1, and one more for each duplicate. */
  readonly deliveries: number;
  /** True if another event with the same state and revision had been handled before. */
  readonly conflict: boolean;
  /** When it was first received. */
  readonly receivedAt: string;
  /** When the sender says that it occurred. */
  readonly occurredAt: string | null;
  /** When it became handled, obsolete or dead. */
  readonly settledAt: string | null;
  /** Why the newest attempt failed. */
  readonly error: string | null;
  readonly accountId: number | string | null;
  readonly apiSpaceId: string | null;
  /** True if Hookwell queued it in place of an event that never arrived; see `hookwell messages reconcile`. */
  readonly synthetic: boolean;
}

/** One run of a handler. */
export interface Attempt {
  /** 1 for the first. */
  readonly attempt: number;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly outcome: "handled" | "failed";
  readonly error: string | null;
}

export interface EventDetail extends EventRecord {
  readonly attemptLog: readonly Attempt[];
}

/** Which events a list shows; all conditions must hold. */
export interface EventFilter {
  readonly entity?: string;
  /** A name or a pattern, such as `message.*`. */
  readonly name?: string;
  readonly status?: EventStatus;
  /** Received at or after, ms since 1970. */
  readonly since?: number;
  /** Received before, ms since 1970. */
  readonly until?: number;
  /** Found in the body or the error; letters A to Z match in either case. */
  readonly text?: string;
}

/** A piece of a long list. A text search may give fewer items than asked for and still have a `next`. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; `null` at the end. Opaque. */
  readonly next: string | null;
}

/** How many events are in each status, and how many repeats were dropped. */
export interface LedgerStats {
  readonly events: Readonly<Record<EventStatus, number>>;
  readonly duplicates: number;
}

/** A record with its place in the order of changes, for streams that resume. */
export interface Change {
  /** Grows with every change that the ledger writes. */
  readonly id: number;
  readonly record: EventRecord;
}

import type { GateVerdict } from "../event/revision-gate.ts";
import type { EngineReport } from "../lib/engines/engine-report.ts";
import type { LookOptions } from "../lib/engines/not-made.ts";
import type { Log } from "../log.ts";
import type { Message } from "../event/message.ts";
import type { CommitResult, Transaction } from "./transaction.ts";
import {
  type Change,
  type EventDetail,
  type EventFilter,
  type EventRecord,
  type EventStatus,
  isSettled,
  type LedgerStats,
  type Page,
} from "./record.ts";

export interface LedgerDriverOptions extends LookOptions {
  readonly log?: Log;
  /**
   * The name of the queue that events are taken from, for people. Without it, workers of another queue cannot be told
   * so.
   */
  readonly queue?: string;
  /** Of that queue. Without it, limits of the server that count the queue, too, cannot be told of. */
  readonly queueUrl?: string;
}

/** May this event be handled now? */
export type Verdict =
  | (Extract<GateVerdict, { kind: "fresh" }> & {
      /** Runs of a handler that the ledger knows of. */
      readonly attempts: number;
      /** True if the last of them has begun and never ended. */
      readonly isCutOff: boolean;
    })
  | Extract<GateVerdict, { kind: "obsolete" }>
  | { readonly kind: "duplicate" }
  /** Its shard is no longer ours: another process handles it. */
  | { readonly kind: "elsewhere" };

/** How an attempt ended. */
export type Outcome =
  | { readonly kind: "handled" }
  /** It will be tried again: the event stays unsettled. */
  | { readonly kind: "retry"; readonly error: string }
  /** It failed for good. */
  | { readonly kind: "dead"; readonly error: string };

/** The error of a run that has begun and never ended. */
export const cutOff = "The process ended, or lost its ledger, while the handler ran.";

/** An event that is handled quickly gets its row when it settles; a slow one gets it after this many ms. */
export const visibleAfterMs = 250;
/** How often slow ones are looked for, in ms. */
export const showMs = 200;

export interface Settlement {
  readonly message: Message;
  readonly outcome: Outcome;
  /** As `admit` said. */
  readonly conflict: boolean;
  /** When the handler was started and when it ended, ms since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What becomes of an event whose attempt ended so. */
export function endOf({ outcome, endedAt }: Pick<Settlement, "outcome" | "endedAt">): {
  readonly status: EventStatus;
  readonly error: string | null;
  readonly settledAt: number | null;
} {
  const status = outcome.kind === "retry" ? "retrying" : outcome.kind;
  const error = outcome.kind === "handled" ? null : outcome.error;
  return { status, error, settledAt: isSettled(status) ? endedAt : null };
}

/** A transaction in which one event is settled, or not. */
export interface LedgerTransaction {
  readonly client: Transaction;
  /** Writes down how the event ended, in the same transaction, and commits. */
  readonly commit: (settlement: Settlement) => Promise<CommitResult>;
  /** Keeps nothing of it. Never rejects. */
  readonly rollback: () => Promise<void>;
}

export interface ShareOptions {
  /**
   * Whether the queue answers this process. One that the queue does not answer for long gets nothing while others reach
   * it. Default: true
   */
  readonly reachesQueue?: boolean;
}

/** Which part of the events this process may handle. */
export interface Share {
  /** Shards (`shardOf`) that are ours: no other process handles their events. */
  readonly owned: readonly number[];
  /** Those of them that we must give up, with `release`, as soon as none of their events is under way. */
  readonly surplus: readonly number[];
  /** How long they are ours from the moment of the call, in ms; call again before that is over. */
  readonly forMs: number;
  /**
   * For how long from the moment of the call handlers of their events may begin, in ms: after that, somebody else may
   * have them if the engine has lost sight of us. Less than `forMs`, since what is under way need not be dropped so
   * soon.
   */
  readonly beginForMs: number;
}

/**
 * What a ledger promises. What a call resolved survives a crash. Calls for the same event or state are one after the
 * other; calls of different ones may be together. Any method may throw `LedgerUnavailableError`, after which the same
 * call may be tried again. Nothing is asked once it is closed: `Ledger` sees to that.
 */
export interface LedgerDriver {
  /** Whether several processes can have the history open, or only one. */
  readonly isShared: boolean;
  /**
   * Takes part in the work, and tells which share of it is ours now. Several processes divide the shards among
   * themselves; those of a process that died go to the others. Of a shard that is not ours, nothing is admitted or
   * settled.
   *
   * @param shards how many there are, as the queue says; the same for all processes
   */
  share(shards: number, options?: ShareOptions): Promise<Share>;
  /** The name of the history with which events are handled; no other ledger has the same. */
  history(): Promise<string>;
  /** Leaves these shards to others. */
  release(shards: readonly number[]): Promise<void>;
  /**
   * Duplicate, obsolete, or fresh: one atomic question for each of the messages, which are of different states and
   * events; the answers are in their order. A duplicate is an event of which another copy was admitted before; it is
   * counted on the first. A copy that was admitted and never settled (a crash) is fresh again; so is another copy of one
   * that was never tried and is under way nowhere, since its queue has lost the first one. One that was settled and is
   * handed out once more by the queue is a duplicate that is not counted. A replay passes, unless its event is under way
   * or was tried since somebody asked for it. What is obsolete is written down here; what is fresh must be settled. See
   * `standingOf`.
   */
  admit(messages: readonly Message[]): Promise<readonly Verdict[]>;
  /**
   * Writes down that a handler is about to run for an event that was admitted: if the process ends before the event is
   * settled, this run counts as an attempt that failed. Needed only where a handler may have ended a process.
   */
  begin(message: Message, startedAt: number): Promise<void>;
  /**
   * Writes down how attempts ended. From here on, a handled revision counts for the gate.
   *
   * @returns those that were not written down, since their shard is no longer ours
   */
  settle(settlements: readonly Settlement[]): Promise<readonly Settlement[]>;
  /**
   * A transaction for the handler of an event that was admitted. Its locks are free again soon after the handler's time
   * is over or its shard is another's, whatever has become of this process.
   *
   * @param withinMs how long the handler may take; waiting for the transaction takes no longer either
   * @throws {ConfigError} if the engine has none that a handler could use
   */
  transaction(withinMs: number): Promise<LedgerTransaction>;
  get(eventId: string): Promise<EventDetail | undefined>;
  /** Newest first, by the time of receipt. */
  list(filter: EventFilter, limit: number, cursor: string | null): Promise<Page<EventRecord>>;
  /** Events of an entity, at most `limit` of the newest, ordered by revision and then by receipt. */
  timeline(entity: string, limit: number): Promise<readonly EventRecord[]>;
  /** What was written after the change `after`, in order; an event that changed several times is there once. */
  changes(after: number, limit: number): Promise<readonly Change[]>;
  /** Id of the newest change. */
  latestChange(): Promise<number>;
  /** The event as it was admitted, with its exact bytes. */
  message(eventId: string): Promise<Message | undefined>;
  /**
   * Notes that a replay of a settled event is on its way, under this copy name: the event is `pending` until it
   * settles. Does nothing if the event is not settled, if this very copy was admitted already, or another replay since a
   * handler ran last, or if it will not pass.
   */
  reopen(eventId: string, copy: string): Promise<void>;
  stats(): Promise<LedgerStats>;
  /** Removes a dead letter for good; false if there is no such dead letter. */
  removeDead(eventId: string): Promise<boolean>;
  /** Forgets handled and obsolete events received before this time (ms since 1970); returns how many. */
  prune(before: number): Promise<number>;
  /** What the engine is, and what it keeps through which trouble. */
  report(): Promise<EngineReport>;
  /**
   * Warnings about those who work on it now, as a report has them about the engine. Workers also log them when they see
   * them.
   */
  workerWarnings(): Promise<readonly string[]>;
  close(): Promise<void>;
}

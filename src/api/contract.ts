import type { EngineReport } from "../lib/engines/engine-report.ts";
import type { EventRecord, EventStatus } from "../ledger/record.ts";
import type { DriftReport } from "../schema/drift-report.ts";

/** Requests and responses of `/api/v1`; JSON over HTTP with a bearer token. Times are ISO 8601 in UTC. */

export type { DriftReport } from "../schema/drift-report.ts";
export type { EngineReport } from "../lib/engines/engine-report.ts";
export type { Attempt, EventDetail, EventRecord, EventStatus } from "../ledger/record.ts";

/** `GET /events`, `GET /dead-letters`, `GET /quarantine`. A page may be short and still have a `next`. */
export interface ListResponse<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** `POST /events`: one of these, or a list of them. */
export type { MissedStatus } from "../event/synthetic.ts";

export interface QueuedResponse {
  /** How many synthetic events are on their way; those that are known already become duplicates. */
  readonly queued: number;
}

/** `GET /entities/{entity}`; its `limit` says how many events to give. */
export interface EntityResponse {
  readonly entity: string;
  /**
   * The handled event with the highest revision, or a handled synthetic one that occurred after it; else the newest one.
   */
  readonly latest: EventRecord;
  /**
   * The newest by receipt, as many as were asked for and 1,000 at most, ordered by revision; a synthetic one stands
   * behind what occurred before it.
   */
  readonly events: readonly EventRecord[];
}

/** `POST /dead-letters/replay`; all conditions must hold. */
export interface ReplayRequest {
  readonly entity?: string;
  readonly name?: string;
  /** ISO 8601; received at or after. */
  readonly since?: string;
  /** ISO 8601; received before. */
  readonly until?: string;
  /** Found in the body or the error of the event. */
  readonly text?: string;
  /** Only these events. */
  readonly eventIds?: readonly string[];
  /** Count, but replay nothing. */
  readonly dryRun?: boolean;
}

export interface ReplayResponse {
  readonly matched: number;
  readonly replayed: number;
  /** If ids were named: those of no dead letter that matches. */
  readonly missing?: readonly string[];
}

/** A request that could not be accepted. */
export interface QuarantineRecord {
  readonly id: string;
  readonly receivedAt: string;
  /** Which row of the contract with the sender it met. */
  readonly kind: "unsigned" | "mismatch" | "malformed" | "unusable";
  /** A sentence. */
  readonly reason: string;
  /** Length of the body in bytes. */
  readonly bytes: number;
  /** Headers of the request, lower case; credentials are left out. */
  readonly headers: Readonly<Record<string, string>>;
}

/** `POST /quarantine/recheck` */
export interface RecheckResponse {
  readonly checked: number;
  readonly accepted: number;
}

/** `GET /stats`; null stands for numbers whose part does not answer now. */
export interface StatsResponse {
  readonly queue: {
    readonly depth: number;
    readonly oldestAgeMs: number;
    /** How many of them wait on the disk of this machine until the server of the queue is back. */
    readonly spilled: number;
    /** The server of the queue does not tell all that it has, so more may wait than the depth says. */
    readonly isAway: boolean;
  } | null;
  readonly events: Readonly<Record<EventStatus, number>> | null;
  readonly duplicates: number | null;
  readonly quarantine: number | null;
  readonly secrets: readonly SecretUse[] | null;
  /** What this process has seen since it started; null if it handles no events. */
  readonly drift: DriftReport | null;
}

/** `GET /engines`; null stands for an engine that does not answer now. */
export interface EnginesResponse {
  readonly queue: EngineReport | null;
  readonly ledger: EngineReport | null;
}

export interface SecretUse {
  readonly name: string;
  /** Requests whose signature this secret gave. */
  readonly hits: number;
  readonly lastUsedAt: string | null;
}

/** Body of every answer with a status of 400 and up. */
export interface ErrorResponse {
  readonly error: { readonly code: string; readonly message: string };
}

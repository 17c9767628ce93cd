import { isSynthetic } from "../event/synthetic.ts";
import type { Attempt, EventRecord } from "./record.ts";

/** An event as it came; times are in ms since 1970, as engines keep them. */
type Came = Pick<EventRecord, "eventId" | "name" | "entity" | "revision" | "accountId" | "apiSpaceId"> & {
  readonly receivedAt: number;
  readonly occurredAt: number | null;
};

/** What became of it so far. */
type Course = Pick<EventRecord, "status" | "attempts" | "deliveries" | "conflict" | "error"> & {
  readonly settledAt: number | null;
};

type Run = Pick<Attempt, "attempt" | "error"> & { readonly startedAt: number; readonly endedAt: number };

/** The event as the ledger tells it. */
export function toRecord(came: Came, course: Course): EventRecord {
  return {
    eventId: came.eventId,
    name: came.name,
    entity: came.entity,
    revision: came.revision,
    status: course.status,
    attempts: course.attempts,
    deliveries: course.deliveries,
    conflict: course.conflict,
    receivedAt: iso(came.receivedAt),
    occurredAt: isoOrNull(came.occurredAt),
    settledAt: isoOrNull(course.settledAt),
    error: course.error,
    accountId: came.accountId,
    apiSpaceId: came.apiSpaceId,
    synthetic: isSynthetic(came.eventId),
  };
}

/** The run as the ledger tells it; one without an error was handled. */
export function toAttempt({ attempt, startedAt, endedAt, error }: Run): Attempt {
  const outcome = error === null ? "handled" : "failed";
  return { attempt, startedAt: iso(startedAt), endedAt: iso(endedAt), outcome, error };
}

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

import type { Attempt, EventRecord } from "../../record.ts";
import { type EventRow, statusOf } from "./rows.ts";

export const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

export function toRecord({ message, ...row }: EventRow): EventRecord {
  return {
    eventId: message.eventId,
    name: message.name,
    entity: message.entity,
    revision: message.revision,
    status: statusOf(row.status),
    attempts: row.attempts,
    deliveries: row.deliveries,
    conflict: row.conflict === 1,
    receivedAt: iso(row.receivedAt),
    occurredAt: isoOrNull(message.occurredAt),
    settledAt: isoOrNull(row.settledAt),
    error: row.error,
    accountId: message.accountId,
    apiSpaceId: message.apiSpaceId,
  };
}

/** The attempts of the table, and after them the success that is in the event's row. */
export function attemptLog(row: EventRow, earlier: readonly Attempt[]): readonly Attempt[] {
  if (row.counts === 0 || row.startedAt === null || row.endedAt === null) return earlier;
  if (earlier.some(({ attempt }) => attempt === row.attempts)) return earlier;
  const handled: Attempt = {
    attempt: row.attempts,
    startedAt: iso(row.startedAt),
    endedAt: iso(row.endedAt),
    outcome: "handled",
    error: null,
  };
  return [...earlier, handled];
}

import type { Attempt, EventRecord } from "../../record.ts";
import { toAttempt, toRecord } from "../../to-record.ts";
import { type EventRow, statusOf } from "./rows.ts";

export function recordOf(row: EventRow): EventRecord {
  const { message, attempts, deliveries, settledAt, error } = row;
  const [status, conflict] = [statusOf(row.status), row.conflict === 1];
  return toRecord(message, { status, attempts, deliveries, conflict, settledAt, error });
}

/** The attempts of the table, and after them the success that is in the event's row. */
export function attemptLog(row: EventRow, earlier: readonly Attempt[]): readonly Attempt[] {
  const { attempts, counts, startedAt, endedAt } = row;
  if (counts === 0 || startedAt === null || endedAt === null) return earlier;
  if (earlier.some(({ attempt }) => attempt === attempts)) return earlier;
  return [...earlier, toAttempt({ attempt: attempts, startedAt, endedAt, error: null })];
}

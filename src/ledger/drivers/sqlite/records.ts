import type { Attempt, EventRecord } from "../../record.ts";
import { toAttempt, toRecord } from "../../to-record.ts";
import type { EventRow } from "./rows.ts";

export const recordOf = (row: EventRow): EventRecord => toRecord(row.message, row);

/** The attempts of the table, and after them the success that is in the event's row. */
export function attemptLog(row: EventRow, earlier: readonly Attempt[]): readonly Attempt[] {
  const { attempts, counts, startedAt, endedAt } = row;
  if (!counts || startedAt === null || endedAt === null) return earlier;
  if (earlier.some(({ attempt }) => attempt === attempts)) return earlier;
  return [...earlier, toAttempt({ attempt: attempts, startedAt, endedAt, error: null })];
}

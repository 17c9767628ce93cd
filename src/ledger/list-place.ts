import type { EventRecord } from "./record.ts";

/** A place in a list that is ordered by time of receipt and then by seq, newest first. */
export interface Place {
  readonly receivedAt: number;
  readonly seq: number;
}

export const newestFirst = (a: Place, b: Place): number => b.receivedAt - a.receivedAt || b.seq - a.seq;

/** Events that are listed newest first, by revision and then by receipt; those without a revision come first. */
export const byRevision = (listed: readonly EventRecord[]): readonly EventRecord[] =>
  listed.toReversed().sort((a, b) => (a.revision ?? -1) - (b.revision ?? -1));

/** Names the place behind which a list goes on; null if it does not. Stays good while other events arrive. */
export const cursorOf = (last: Place | undefined): string | null =>
  last === undefined ? null : `${last.receivedAt}-${last.seq}`;

/**
 * The place that a cursor names; undefined for the beginning.
 *
 * @throws {RangeError} if it is not a cursor of this ledger
 */
export function parseCursor(cursor: string | null): Place | undefined {
  if (cursor === null) return undefined;
  const [, receivedAt, seq] = /^(\d{1,15})-(\d{1,15})$/.exec(cursor) ?? [];
  if (receivedAt === undefined || seq === undefined)
    throw new RangeError("The cursor is not one of this ledger's.");
  return { receivedAt: Number(receivedAt), seq: Number(seq) };
}

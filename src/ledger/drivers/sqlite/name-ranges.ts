import type { DatabaseSync, StatementSync } from "node:sqlite";
import { newestFirst, type Place } from "../../list-place.ts";
import { statuses } from "../../record.ts";
import { statusCode, type ReceiptRange } from "./rows.ts";

/** Events of one name in one status: a range of the index. */
interface NameRange {
  readonly name: number;
  readonly status: number;
  /** The newest of them that was not given yet. */
  head: Place;
}

/**
 * Finds the events of many names, newest first, by merging the heads of their ranges. So of each range no more is read
 * than is shown, and one event more.
 */
export class NameRanges {
  readonly #next: StatementSync;

  constructor(db: DatabaseSync) {
    // Named, since SQLite might take the index by status, and go through all its events to find those of a rare name.
    this.#next = db.prepare(/* sql */ `
      select received_at as receivedAt, seq from event indexed by event_by_name
        where name = ? and status = ? and received_at >= ? and received_at < ? and (received_at, seq) < (?, ?)
        order by received_at desc, seq desc limit 1`);
  }

  *newestFirst(names: readonly number[], { since, until, status, from }: ReceiptRange): Generator<Place> {
    const behind = (name: number, code: number, { receivedAt, seq }: Place): Place | undefined =>
      this.#next.get(name, code, since, until, receivedAt, seq) as Place | undefined;
    const codes = status === null ? statuses.map(statusCode) : [status];
    const ranges = new Set<NameRange>();
    for (const name of names) {
      for (const code of codes) {
        const head = behind(name, code, from);
        if (head !== undefined) ranges.add({ name, status: code, head });
      }
    }
    for (let range = newestOf(ranges); range !== undefined; range = newestOf(ranges)) {
      yield range.head;
      const head = behind(range.name, range.status, range.head);
      if (head === undefined) ranges.delete(range);
      else range.head = head;
    }
  }
}

function newestOf(ranges: Iterable<NameRange>): NameRange | undefined {
  let newest: NameRange | undefined;
  for (const range of ranges)
    if (newest === undefined || newestFirst(range.head, newest.head) < 0) newest = range;
  return newest;
}

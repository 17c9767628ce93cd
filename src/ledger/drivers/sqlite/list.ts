import { matches } from "../../../event/pattern.ts";
import { cursorOf, parseCursor, type Place } from "../../list-place.ts";
import type { EventFilter, EventRecord, Page } from "../../record.ts";
import type { SqliteKeys } from "./keys/keys.ts";
import type { NameRanges } from "./name-ranges.ts";
import type { Names } from "./names.ts";
import { recordOf, statusCode, type EventRow, type EventRows, type ReceiptRange } from "./rows.ts";

/** A search for text reads bodies. After this many it gives what it has found, and where to go on. */
const mostSearched = 2_000;
const searchSlice = 500;

export interface ListParts {
  readonly keys: SqliteKeys;
  readonly names: Names;
  readonly ranges: NameRanges;
  readonly rows: EventRows;
}

/** Filtered pages of events. For every filter an index gives the rows in order, so a page costs what it shows. */
export class SqliteList {
  readonly #keys: SqliteKeys;
  readonly #names: Names;
  readonly #ranges: NameRanges;
  readonly #events: EventRows;

  constructor({ keys, names, ranges, rows }: ListParts) {
    this.#keys = keys;
    this.#names = names;
    this.#ranges = ranges;
    this.#events = rows;
  }

  page(filter: EventFilter, limit: number, cursor: string | null): Page<EventRecord> {
    const from = parseCursor(cursor);
    if (filter.entity !== undefined) return this.#ofEntity(filter.entity, filter, limit, from);
    if (filter.text !== undefined) return this.#search(filter.text, filter, limit, from);
    const rows = this.#rows(filter, limit + 1, from);
    return toPage(rows.slice(0, limit), rows.length > limit ? rows[limit - 1] : undefined);
  }

  /** Searches a bounded part of the list, slice by slice. */
  #search(text: string, filter: EventFilter, limit: number, from: Place | undefined): Page<EventRecord> {
    const found: EventRow[] = [];
    let place = from;
    for (let searched = 0; searched < mostSearched; searched += searchSlice) {
      const rows = this.#rows(filter, searchSlice, place);
      for (const row of rows) {
        place = row;
        if (this.#events.contains(row.seq, text)) found.push(row);
        if (found.length === limit) return toPage(found, row);
      }
      if (rows.length < searchSlice) return toPage(found, undefined);
    }
    return toPage(found, place);
  }

  /**
   * The rows of an entity may be anywhere, so the place of each is looked up; but only those that may be shown are
   * read.
   */
  #ofEntity(entity: string, filter: EventFilter, limit: number, from: Place | undefined): Page<EventRecord> {
    const found: EventRow[] = [];
    let searched = 0;
    for (const seq of this.#events.newestFirst(this.#keys.entity(entity), rangeOf(filter, from))) {
      const row = this.#events.at(seq);
      if (row === undefined || row.message.entity !== entity) continue;
      if (this.#fits(row, filter)) found.push(row);
      if (found.length > limit) return toPage(found.slice(0, limit), found[limit - 1]);
      searched += 1;
      if (filter.text !== undefined && searched === mostSearched) return toPage(found, row);
    }
    return toPage(found, undefined);
  }

  /** Rows by status, name and time. */
  #rows(filter: EventFilter, limit: number, from: Place | undefined): readonly EventRow[] {
    const range = rangeOf(filter, from);
    const names = this.#namesOf(filter.name);
    if (names === undefined) return this.#ofAnyName(range, limit);
    const rows: EventRow[] = [];
    for (const { seq } of this.#ranges.newestFirst(names, range)) {
      const row = this.#events.at(seq);
      if (row !== undefined) rows.push(row);
      if (rows.length === limit) break;
    }
    return rows;
  }

  #ofAnyName({ since, until, status, from }: ReceiptRange, limit: number): readonly EventRow[] {
    const [way, values] =
      status === null ? ["event_by_time where", []] : ["event_by_status where status = ? and", [status]];
    return this.#events.where(
      /* sql */ `indexed by ${way} received_at >= ? and received_at < ? and (received_at, seq) < (?, ?)
      order by received_at desc, seq desc limit ?`,
      ...values,
      since,
      until,
      from.receivedAt,
      from.seq,
      limit,
    );
  }

  /** Numbers of the names that a name or a pattern covers; undefined if it covers all. */
  #namesOf(pattern: string | undefined): readonly number[] | undefined {
    if (pattern === undefined || pattern === "*") return undefined;
    return [...this.#names.all()].filter(([text]) => matches(pattern, text)).map(([, code]) => code);
  }

  #fits(row: EventRow, filter: EventFilter): boolean {
    return (
      (filter.name === undefined || matches(filter.name, row.message.name)) &&
      (filter.text === undefined || this.#events.contains(row.seq, filter.text))
    );
  }
}

const toPage = (rows: readonly EventRow[], last: Place | undefined): Page<EventRecord> => ({
  items: rows.map(recordOf),
  next: cursorOf(last),
});

const rangeOf = ({ since, until, status }: EventFilter, from: Place | undefined): ReceiptRange => ({
  since: since ?? 0,
  until: until ?? Number.MAX_SAFE_INTEGER,
  status: status === undefined ? null : statusCode(status),
  from: from ?? { receivedAt: Number.MAX_SAFE_INTEGER, seq: 0 },
});

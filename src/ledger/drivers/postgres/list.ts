import { indexable, restored, storable } from "../../../lib/postgres/texts.ts";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import type { EventFilter, EventRecord, Page } from "../../record.ts";
import { containsText } from "../../contains-text.ts";
import { type EventRow, recordOf, rowColumns } from "./rows.ts";
import { byRevision, cursorOf, parseCursor, type Place } from "../../list-place.ts";

/** A search for text reads bodies, so after this many slices it gives what it has found, and where to go on. */
const mostSlices = 4;
const sliceRows = 500;
/** How many bytes of bodies a slice has, and one body more: all of them may be sent, even over a slow network. */
const sliceBytes = 8 * 1024 * 1024;

/** A row, and whether it may have the text; only then it has its body. */
interface SearchedRow extends EventRow {
  readonly body: Uint8Array | null;
}

/** A page of the events, newest first. @throws {RangeError} if the cursor is not one of ours */
export async function pageOf(
  db: Postgres,
  filter: EventFilter,
  limit: number,
  cursor: string | null,
): Promise<Page<EventRecord>> {
  const from = parseCursor(cursor);
  if (filter.text !== undefined) return search(db, { ...filter, text: filter.text }, limit, from);
  const rows = await read(db, filter, from, limit + 1);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return toPage(rows.slice(0, limit), last && placeOf(last));
}

async function search(
  db: Postgres,
  filter: EventFilter & { readonly text: string },
  limit: number,
  from: Place | undefined,
): Promise<Page<EventRecord>> {
  const found: EventRow[] = [];
  let place = from;
  for (let slice = 0; slice < mostSlices; slice += 1) {
    const rows = await readSlice(db, filter, place);
    for (const row of rows) {
      place = placeOf(row);
      if (holds(row, filter.text)) found.push(row);
      if (found.length === limit) return toPage(found, place);
    }
    if (rows.length === 0) return toPage(found, undefined);
  }
  return toPage(found, place);
}

const toPage = (rows: readonly EventRow[], last: Place | undefined): Page<EventRecord> => ({
  items: rows.map(recordOf),
  next: cursorOf(last),
});

async function readSlice(
  db: Postgres,
  filter: EventFilter & { readonly text: string },
  from: Place | undefined,
): Promise<readonly SearchedRow[]> {
  const { text, values } = newest(db.schema, filter, from, sliceRows);
  const { rows } = await db.pool.query<SearchedRow>(
    `select ${rowColumns}, ${candidate(`$${values.length + 1}`)} as body from (
       select *, sum(octet_length(body)) over (${newestFirst}) - octet_length(body) as before from (${text}) slice) counted
     where before < ${sliceBytes} ${newestFirst}`,
    [...values, Buffer.from(filter.text)],
  );
  return rows;
}

/** In lower case, but only the letters of ASCII. */
const lower = (text: string): string => `lower(${text} collate "C")`;
/** The server looks for the escaped text in the escaped body, which finds a little too much; we look again. */
const candidate = (text: string): string =>
  `case when position(${lower(`encode(${text}::bytea, 'escape')`)}
     in ${lower("encode(body, 'escape')")}) > 0 then body end`;

const holds = ({ body, error }: SearchedRow, text: string): boolean =>
  (body !== null && containsText(body, text)) ||
  (error !== null && containsText(Buffer.from(restored(error)), text));

async function read(
  db: Postgres,
  filter: EventFilter,
  from: Place | undefined,
  limit: number,
): Promise<readonly EventRow[]> {
  const { text, values } = newest(db.schema, filter, from, limit);
  return (await db.pool.query<EventRow>(`select ${rowColumns} from (${text}) newest ${newestFirst}`, values))
    .rows;
}

const newestFirst = "order by received_at desc, seq desc";

/** The query for whole rows. */
function newest(
  schema: string,
  filter: EventFilter,
  from: Place | undefined,
  limit: number,
): { readonly text: string; readonly values: unknown[] } {
  const values: unknown[] = [];
  const value = (one: unknown): string => `$${values.push(one)}`;
  const wheres = [
    `received_at >= ${value(filter.since ?? 0)} and received_at < ${value(filter.until ?? Number.MAX_SAFE_INTEGER)}`,
  ];
  if (from !== undefined) wheres.push(`(received_at, seq) < (${value(from.receivedAt)}, ${value(from.seq)})`);
  if (filter.entity !== undefined) wheres.push(`entity = ${value(indexable(filter.entity))}`);
  if (filter.status !== undefined) wheres.push(`status = ${value(filter.status)}`);
  if (filter.name?.endsWith("*") === true)
    wheres.push(`starts_with(name, ${value(storable(filter.name.slice(0, -1)))})`);
  else if (filter.name !== undefined) wheres.push(`name = ${value(indexable(filter.name))}`);
  const text = `select * from ${schema}.event where ${wheres.join(" and ")} ${newestFirst} limit ${value(limit)}`;
  return { text, values };
}

/** See `LedgerDriver.timeline`. */
export async function timelineOf(
  db: Postgres,
  entity: string,
  limit: number,
): Promise<readonly EventRecord[]> {
  const rows = await read(db, { entity }, undefined, limit);
  return byRevision(rows.map(recordOf));
}

const placeOf = (row: EventRow): Place => ({ receivedAt: row.received_at, seq: row.seq });

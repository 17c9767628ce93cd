import type { Pool } from "pg";
import { indexable, restored, storable } from "../../../lib/postgres.ts";
import type { EventFilter, EventRecord, Page } from "../../record.ts";
import { containsText } from "../../contains-text.ts";
import { type EventRow, recordOf, rowColumns } from "./rows.ts";
import { cursorOf, parseCursor, type Place } from "../../list-place.ts";

/** A search for text reads bodies; after this many it gives what it has, and where to go on. */
const mostSearched = 2_000;
const searchSlice = 500;

/** A row, and whether the text may be in it: only then with its body. */
interface SearchedRow extends EventRow {
  readonly body: Uint8Array | null;
}

/** A page of the events, newest first. @throws {RangeError} if the cursor is none of ours */
export async function pageOf(
  pool: Pool,
  schema: string,
  filter: EventFilter,
  limit: number,
  cursor: string | null,
): Promise<Page<EventRecord>> {
  const from = cursor === null ? undefined : parseCursor(cursor);
  if (filter.text !== undefined) return search(pool, schema, { ...filter, text: filter.text }, limit, from);
  const rows = await read<EventRow>(pool, schema, filter, from, limit + 1, rowColumns, []);
  const shown = rows.slice(0, limit);
  return { items: shown.map(recordOf), next: rows.length > limit ? nextOf(shown.at(-1)) : null };
}

async function search(
  pool: Pool,
  schema: string,
  filter: EventFilter & { readonly text: string },
  limit: number,
  from: Place | undefined,
): Promise<Page<EventRecord>> {
  const found: EventRow[] = [];
  let place = from;
  for (let searched = 0; searched < mostSearched; searched += searchSlice) {
    const rows = await read<SearchedRow>(pool, schema, filter, place, searchSlice, candidates, [filter.text]);
    for (const row of rows) {
      place = placeOf(row);
      if (holds(row, filter.text)) found.push(row);
      if (found.length === limit) return { items: found.map(recordOf), next: cursorOf(place) };
    }
    if (rows.length < searchSlice) return { items: found.map(recordOf), next: null };
  }
  return { items: found.map(recordOf), next: place === undefined ? null : cursorOf(place) };
}

const lower = (text: string): string =>
  `translate(${text}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')`;
/** The server looks for the escaped text in the escaped body, which finds a little too much; we look again. */
const candidates = `${rowColumns}, case when position(${lower("encode(convert_to($1, 'UTF8'), 'escape')")}
  in ${lower("encode(body, 'escape')")}) > 0 then body end as body`;

const holds = ({ body, error }: SearchedRow, text: string): boolean =>
  (body !== null && containsText(body, text)) ||
  (error !== null && containsText(Buffer.from(restored(error)), text));

async function read<Row extends EventRow>(
  pool: Pool,
  schema: string,
  filter: EventFilter,
  from: Place | undefined,
  limit: number,
  columns: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const given = [...values];
  const value = (one: unknown): string => `$${given.push(one)}`;
  const wheres = [
    `received_at >= ${value(filter.since ?? 0)} and received_at < ${value(filter.until ?? Number.MAX_SAFE_INTEGER)}`,
  ];
  if (from !== undefined) wheres.push(`(received_at, seq) < (${value(from.receivedAt)}, ${value(from.seq)})`);
  if (filter.entity !== undefined) wheres.push(`entity = ${value(indexable(filter.entity))}`);
  if (filter.status !== undefined) wheres.push(`status = ${value(filter.status)}`);
  if (filter.name?.endsWith("*") === true)
    wheres.push(`starts_with(name, ${value(storable(filter.name.slice(0, -1)))})`);
  else if (filter.name !== undefined) wheres.push(`name = ${value(indexable(filter.name))}`);
  const { rows } = await pool.query<Row>(
    `select ${columns} from ${schema}.event where ${wheres.join(" and ")}
       order by received_at desc, seq desc limit ${value(limit)}`,
    given,
  );
  return rows;
}

/** The newest events of an entity, ordered by revision and then by receipt; those without a revision begin. */
export async function timelineOf(
  pool: Pool,
  schema: string,
  entity: string,
  limit: number,
): Promise<readonly EventRecord[]> {
  const rows = await read<EventRow>(pool, schema, { entity }, undefined, limit, rowColumns, []);
  return rows
    .toReversed()
    .map(recordOf)
    .sort((a, b) => (a.revision ?? -1) - (b.revision ?? -1));
}

const placeOf = (row: EventRow): Place => ({ receivedAt: Number(row.received_at), seq: Number(row.seq) });
const nextOf = (row: EventRow | undefined): string | null =>
  row === undefined ? null : cursorOf(placeOf(row));

import type { PoolClient, QueryResult } from "pg";
import { forgettable } from "../../../record.ts";
import { isOneOf } from "../rows.ts";
import { uncounted } from "./uncount.ts";

/** How many rows one statement looks at; fewer if events are large, since removing them then takes longer. */
const sliceRows = 5_000;
const sliceBytes = 64 * 1024 * 1024;
const mayGo = isOneOf(forgettable);

/** Removes rows from the partition of this name; kept rows in between are passed over once. @returns how many went */
export async function removeRows(
  client: PoolClient,
  schema: string,
  name: string,
  before: number,
): Promise<number> {
  let forgotten = 0;
  let last: Slice | undefined = { at: Number.MIN_SAFE_INTEGER, seq: 0, forgotten: 0 };
  while (last !== undefined) {
    const { rows }: QueryResult<Slice> = await client.query<Slice>(
      // By their places in the table: a planner that compares keys may go through the whole table for each slice. The
      // status once more, since a server may follow a row that changes to its new place.
      `with counted as (
         select ctid, received_at, seq, status,
             sum(octet_length(body)) over (order by received_at, seq) - octet_length(body) as before from ${name}
           where received_at < $1 and (received_at, seq) > ($2, $3) order by received_at, seq limit $4
       ), slice as materialized (
         select * from counted where before < ${sliceBytes}
       ), gone as (
         delete from ${name} where ${mayGo} and ctid = any (array(
           select ctid from slice where ${mayGo})) returning status
       ), ${uncounted(schema, "gone")}
       select received_at as at, seq, (select count(*)::int from gone) as forgotten from slice
         order by received_at desc, seq desc limit 1`,
      [before, last.at, last.seq, sliceRows],
    );
    last = rows[0];
    forgotten += last?.forgotten ?? 0;
  }
  return forgotten;
}

/** The last row of a slice, in the order of receipt, and how many of the slice went. */
interface Slice {
  readonly at: number;
  readonly seq: number;
  readonly forgotten: number;
}

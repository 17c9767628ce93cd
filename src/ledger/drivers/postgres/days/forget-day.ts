import type { ClientBase, PoolClient, QueryConfig, QueryResult } from "pg";
import { transactionOn } from "../../../../lib/postgres/on-connection.ts";
import { forgettable, statuses } from "../../../record.ts";
import { mayMove } from "./may-move.ts";
import { setAsideMark } from "./old-days.ts";
import { beginChange } from "./partitions.ts";
import { isOneOf } from "../rows.ts";
import { uncounted } from "./uncount.ts";

/** How long a statement may take, in ms: a day may hold a hundred million events. */
const patienceMs = 60 * 60 * 1_000;
const isKept = isOneOf(statuses.filter((status) => !forgettable.includes(status)));

/**
 * Detaches a day; what is kept of it appears in `rest` at the same moment, so that nobody misses it.
 *
 * @returns false if too much is kept
 */
export async function setAside(client: PoolClient, schema: string, name: string): Promise<boolean> {
  if (!(await mayMove(client, `${name} where ${isKept}`))) return false;
  const columns = await columnsOf(client, schema);
  await transactionOn(client, async () => {
    await beginChange(client, schema);
    await client.query(`alter table ${schema}.event detach partition ${name}`);
    await client.query(`comment on table ${name} is '${setAsideMark}'`);
    // What moves is counted again where it is new.
    await client.query(
      `with kept as (delete from ${name} where ${isKept} returning ${columns}), ${uncounted(schema, "kept")}
         insert into ${schema}.event (${columns}) select ${columns} from kept`,
    );
  });
  return true;
}

/** Columns by their names, since a partition that somebody else made may have them in another order. */
async function columnsOf(client: ClientBase, schema: string): Promise<string> {
  const { rows } = await client.query<{ names: string }>(
    `select string_agg(quote_ident(attname), ', ') as names from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
    [`${schema}.event`],
  );
  return rows[0]?.names ?? "";
}

/** Removes a day that is set aside, however long that takes. */
export async function dissolve(client: PoolClient, schema: string, name: string): Promise<number> {
  const columns = await columnsOf(client, schema);
  return transactionOn(client, async () => {
    const patiently = <Row extends object>(text: string): Promise<QueryResult<Row>> =>
      client.query<Row>({ text, query_timeout: patienceMs } as QueryConfig);
    await client.query(`set local statement_timeout = ${patienceMs}`);
    await patiently(`lock table ${name} in access exclusive mode`);
    const { rows } = await patiently<{ forgotten: number }>(
      `with ${uncounted(schema, name)} select forgotten from uncounted`,
    );
    // What is kept was moved before the day was set aside. Should there be some left all the same, it is moved now.
    await patiently(
      `insert into ${schema}.event (${columns}) select ${columns} from ${name} where ${isKept} on conflict do nothing`,
    );
    await patiently(`drop table ${name}`);
    return rows[0]?.forgotten ?? 0;
  });
}

import type { ClientBase } from "pg";
import type { WrittenRow } from "./rows.ts";

/** A row to be written; one that is there already keeps its event and its body. */
export interface Writing {
  readonly row: WrittenRow;
  /** Also if the row is there: it may be removed, or lost in a failover, before this is written. */
  readonly body: Uint8Array;
}

const types = {
  event_id: "text",
  name: "text",
  entity: "text",
  state: "text",
  revision: "bigint",
  occurred_at: "bigint",
  received_at: "bigint",
  account: "text",
  api_space_id: "text",
  long_texts: "text",
  copy: "text",
  status: "text",
  attempts: "int",
  conflict: "boolean",
  counts: "boolean",
  settled_at: "bigint",
  error: "text",
  attempt_log: "text",
} satisfies Record<keyof WrittenRow, string>;
const columns = Object.keys(types);
/** What an event goes through. */
const changing = columns.slice(columns.indexOf("copy"));

/**
 * Writes rows, in one statement: the same call may be made again, since each row is written as it is to be. All bodies
 * go as one value beside the rows.
 */
export async function writeRows(
  client: ClientBase,
  schema: string,
  writings: readonly Writing[],
): Promise<void> {
  const update = changing.map((column) => `${column} = excluded.${column}`).join(", ");
  await write(client, schema, writings, `do update set change = nextval('${schema}.change_seq'), ${update}`);
}

/**
 * Writes how events ended. One that is settled already stays as it is: it was settled by the same call before, whose answer
 * was lost.
 *
 * @returns how many were written
 */
export async function settleRows(
  client: ClientBase,
  schema: string,
  writings: readonly Writing[],
): Promise<number> {
  const update = changing.map((column) => `${column} = excluded.${column}`).join(", ");
  const open = "where e.status in ('pending', 'retrying')";
  return write(
    client,
    schema,
    writings,
    `do update set change = nextval('${schema}.change_seq'), ${update} ${open}`,
  );
}

/** Writes rows that are not there yet, so that people see them. */
export async function showRows(
  client: ClientBase,
  schema: string,
  writings: readonly Writing[],
): Promise<void> {
  await write(client, schema, writings, "do nothing");
}

/** Counts a repeat on each of these events. */
export async function countRepeats(
  client: ClientBase,
  schema: string,
  events: readonly Pick<WrittenRow, "event_id" | "received_at">[],
): Promise<void> {
  if (events.length === 0) return;
  await client.query(
    `update ${schema}.event e set deliveries = e.deliveries + 1, change = nextval('${schema}.change_seq')
       from unnest($1::text[], $2::bigint[]) r(event_id, received_at)
       where e.event_id = r.event_id and e.received_at = r.received_at`,
    [events.map(({ event_id }) => event_id), events.map(({ received_at }) => received_at)],
  );
  await client.query(
    `update ${schema}.event_total set duplicates = duplicates + $1 where slot = pg_backend_pid() % 32`,
    [events.length],
  );
}

async function write(
  client: ClientBase,
  schema: string,
  writings: readonly Writing[],
  otherwise: string,
): Promise<number> {
  if (writings.length === 0) return 0;
  const bodies = Buffer.concat(writings.map(({ body }) => body));
  let at = 1;
  const rows = writings.map(({ row, body }) => {
    const placed = { ...row, body_at: at, body_length: body.length };
    at += body.length;
    return placed;
  });
  const { rowCount } = await client.query(
    `insert into ${schema}.event as e (${columns.join(", ")}, body)
     select ${columns.map((column) => `r.${column}`).join(", ")}, substring($2::bytea from r.body_at for r.body_length)
       from json_to_recordset($1::json) as r(
         ${Object.entries(types)
           .map(([column, type]) => `${column} ${type}`)
           .join(", ")}, body_at int, body_length int)
     on conflict (event_id, received_at) ${otherwise}`,
    [JSON.stringify(rows), bodies],
  );
  return rowCount ?? 0;
}

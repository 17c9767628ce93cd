import { runsAtReplay } from "../../../event/replay-copy.ts";
import { indexable, inTransaction, type Postgres, storable } from "../../../lib/postgres/postgres.ts";
import { type LedgerStats, statuses, type EventStatus } from "../../record.ts";
import { markChanges } from "./changes.ts";

/** These columns of an event; undefined if there is none. */
export async function rowOf<Row extends object>(
  { pool, schema }: Postgres,
  eventId: string,
  columns: string,
): Promise<Row | undefined> {
  const { rows } = await pool.query<Row>(
    `select ${columns} from ${schema}.event where event_id = $1 order by received_at desc limit 1`,
    [indexable(eventId)],
  );
  return rows[0];
}

/** See `LedgerDriver.reopen`. One that came again after more than a week has an older row, which no replay settles. */
export async function reopen({ pool, schema }: Postgres, eventId: string, copy: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await markChanges(client, schema);
    await client.query(
      `update ${schema}.event set status = 'pending', copy = $2, settled_at = null, change = nextval('${schema}.change_seq')
         where event_id = $1 and copy <> $2 and status in ('handled', 'obsolete', 'dead')
           and attempts = coalesce($3, attempts)
           and received_at = (select max(received_at) from ${schema}.event where event_id = $1)`,
      [indexable(eventId), storable(copy), runsAtReplay({ copy, replay: true }) ?? null],
    );
  });
}

/** See `LedgerDriver.removeDead`. */
export async function removeDead({ pool, schema }: Postgres, eventId: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `delete from ${schema}.event where event_id = $1 and status = 'dead'`,
    [indexable(eventId)],
  );
  return (rowCount ?? 0) > 0;
}

/** How many events are in each status, and how many repeats there were. */
export async function statsOf({ pool, schema }: Postgres): Promise<LedgerStats> {
  const sums = [...statuses, "duplicates"].map((column) => `sum(${column}) as ${column}`);
  const { rows } = await pool.query<Record<string, string>>(
    `select ${sums.join(", ")} from ${schema}.event_total`,
  );
  const of = (name: string): number => Number(rows[0]?.[name] ?? 0);
  const events = {
    pending: of("pending"),
    retrying: of("retrying"),
    handled: of("handled"),
    obsolete: of("obsolete"),
    dead: of("dead"),
  } satisfies Record<EventStatus, number>;
  return { events, duplicates: of("duplicates") };
}

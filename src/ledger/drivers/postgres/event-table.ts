import type { PoolClient } from "pg";
import type { Message } from "../../../event/message.ts";
import { runsAtReplay } from "../../../event/replay-copy.ts";
import { indexable, storable } from "../../../lib/postgres/texts.ts";
import { inTransaction } from "../../../lib/postgres/on-connection.ts";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { type LedgerStats, statuses, type EventStatus } from "../../record.ts";
import { markChanges } from "./changes.ts";
import { type EventRow, messageOf, rowColumns } from "./rows.ts";

/** See `LedgerDriver.history`; it stays the same for as long as the tables are there. */
export async function historyOf({ pool, schema }: Postgres): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(`select name from ${schema}.history`);
  return rows[0]?.name ?? "";
}

/** The row of an event; undefined if there is none. */
export async function rowOf({ pool, schema }: Postgres, eventId: string): Promise<EventRow | undefined> {
  const { rows } = await pool.query<EventRow>(
    `select ${rowColumns} from ${schema}.event where event_id = $1 order by received_at desc limit 1`,
    [indexable(eventId)],
  );
  return rows[0];
}

/** See `LedgerDriver.message`, for several. */
export async function messagesOf(
  { pool, schema }: Postgres,
  eventIds: readonly string[],
): Promise<readonly (Message | undefined)[]> {
  const ids = eventIds.map(indexable);
  const { rows } = await pool.query<EventRow & { readonly body: Uint8Array }>(
    `select known.* from unnest($1::text[]) asked(event_id) cross join lateral (
       select ${rowColumns}, body from ${schema}.event where event_id = asked.event_id
         order by received_at desc limit 1) known`,
    [ids],
  );
  const known = new Map(rows.map((row) => [row.event_id, messageOf(row, row.body)]));
  return ids.map((id) => known.get(id));
}

/** A replay that is on its way, with the name of its copy. */
export interface Reopening {
  readonly eventId: string;
  readonly copy: string;
}

/**
 * See `LedgerDriver.reopen`, for many. An event that came again after more than a week also has an older row, which no
 * replay settles. A row that is locked is about to be written by the worker that handles the replay: waiting for it
 * while others are locked could block both. The condition is that of `isReopenedBy`.
 */
export async function reopen({ pool, schema }: Postgres, replays: readonly Reopening[]): Promise<void> {
  const opening = `begin; ${markChanges(schema)}`;
  const reopening = (client: PoolClient): Promise<unknown> =>
    client.query(
      `with newest as (
         select asked.*, e.received_at from unnest($1::text[], $2::text[], $3::int[]) asked(event_id, copy, runs)
           cross join lateral (
             select received_at from ${schema}.event where event_id = asked.event_id order by received_at desc limit 1) e
       ), free as (
         select e.event_id, e.received_at, newest.copy from newest join ${schema}.event e using (event_id, received_at)
           where e.copy <> newest.copy and status in ('handled', 'obsolete', 'dead')
             and attempts = coalesce(runs, attempts) and (runs is null or e.copy not like '%~%+' || runs)
           for update of e skip locked
       )
       update ${schema}.event e set status = 'pending', copy = free.copy, settled_at = null,
           change = nextval('${schema}.change_seq')
         from free where e.event_id = free.event_id and e.received_at = free.received_at`,
      [
        replays.map(({ eventId }) => indexable(eventId)),
        replays.map(({ copy }) => storable(copy)),
        replays.map(({ copy }) => runsAtReplay({ copy, replay: true }) ?? null),
      ],
    );
  await inTransaction(pool, reopening, opening);
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
  const sums = [...statuses, "duplicates"].map((column) => `sum(${column})::bigint as ${column}`);
  const { rows } = await pool.query<Record<EventStatus | "duplicates", number>>(
    `select ${sums.join(", ")} from ${schema}.event_total`,
  );
  const { pending = 0, retrying = 0, handled = 0, obsolete = 0, dead = 0, duplicates = 0 } = rows[0] ?? {};
  return { events: { pending, retrying, handled, obsolete, dead }, duplicates };
}

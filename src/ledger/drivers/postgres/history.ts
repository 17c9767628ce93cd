import type { QueryResult, QueryResultRow } from "pg";
import type { Message } from "../../../event/message.ts";
import { indexable } from "../../../lib/postgres/texts.ts";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { dayMs } from "./days/partitions.ts";
import { type EventRow, rowColumns } from "./rows.ts";

/**
 * By how much the clocks of sender and receivers may differ, in ms. No copy of an event was received before it
 * occurred, and neither was a newer revision, which occurred later. So older rows are not looked at, and the cost does
 * not grow with the days that are kept. That is also why the queries have no name: for a query with a name, the server
 * makes a plan of all days from time to time, and locks them.
 */
const clocksMs = dayMs;
/**
 * How far we look back from when an event was received if it does not say when it occurred, in ms: a repeat must be
 * known for 7 days. So we do while the time that it names is still to come by any clock.
 */
const untimedMs = 8 * dayMs;

/** An event with the newest revision of a state that was handled. */
export interface Newest {
  readonly state: string;
  readonly revision: number;
  readonly event_id: string;
}

/** Rows of these events, by the id as it is indexed. */
export async function rowsBefore(
  { pool, schema }: Postgres,
  messages: readonly Message[],
): Promise<ReadonlyMap<string, EventRow>> {
  const rows = await askedOf(messages, (list) =>
    pool.query<EventRow>(
      // One id after the other: for a list, the server would compare each id with each index when it makes its plan.
      `select known.* from unnest($1::text[]) asked(event_id) cross join lateral (
          select ${rowColumns} from ${schema}.event where event_id = asked.event_id and received_at >= $2 offset 0) known
        order by received_at`,
      [list.map(({ eventId }) => indexable(eventId)), earliestOf(list)],
    ),
  );
  return new Map(rows.map((row) => [row.event_id, row]));
}

/**
 * The newest revision of each of their states, by the state as it is indexed. Of several events with this revision,
 * another one than the message's own is given, since that is a conflict.
 */
export async function newestBefore(
  { pool, schema }: Postgres,
  messages: readonly Message[],
): Promise<ReadonlyMap<string, Newest>> {
  const revised = messages.filter(({ state, revision }) => state !== null && revision !== null);
  const rows = await askedOf(revised, (list) =>
    pool.query<Newest>(
      `select newest.* from unnest($1::text[], $2::text[]) asked(state, event_id) cross join lateral (
          select state, revision, event_id from ${schema}.event
            where state = asked.state and counts and revision is not null and received_at >= $3
            order by revision desc, event_id = asked.event_id limit 1) newest`,
      [
        list.map(({ state }) => indexable(state ?? "")),
        list.map(({ eventId }) => indexable(eventId)),
        earliestOf(list),
      ],
    ),
  );
  return new Map(rows.map((row) => [row.state, row]));
}

/**
 * Asks for events that came long after they occurred by themselves; else the days of the oldest were searched for all.
 */
async function askedOf<Row extends QueryResultRow>(
  messages: readonly Message[],
  ask: (list: readonly Message[]) => Promise<QueryResult<Row>>,
): Promise<readonly Row[]> {
  const isLate = (message: Message): boolean => message.receivedAt - relevantFrom(message) > untimedMs;
  const { prompt = [], late = [] } = Object.groupBy(messages, (one) => (isLate(one) ? "late" : "prompt"));
  const lists = [prompt, late].filter((list) => list.length > 0);
  return (await Promise.all(lists.map(ask))).flatMap(({ rows }) => rows);
}

/** Rows that were received before this time are not looked at; ms since 1970. */
const earliestOf = (messages: readonly Message[]): number =>
  messages.reduce((earliest, message) => Math.min(earliest, relevantFrom(message)), Number.MAX_SAFE_INTEGER);

const relevantFrom = ({ occurredAt, receivedAt }: Message): number =>
  occurredAt === null || occurredAt > receivedAt + clocksMs
    ? receivedAt - untimedMs
    : Math.min(occurredAt, receivedAt) - clocksMs;

import type { EntityKey, StateKey } from "../../../event/entity.ts";
import type { EventId } from "../../../event/envelope.ts";
import type { Message } from "../../../event/message.ts";
import { indexable, restored, storable } from "../../../lib/postgres/texts.ts";
import type { EventDetail, EventRecord, EventStatus } from "../../record.ts";
import { toAttempt, toRecord } from "../../to-record.ts";

/** The part of a row of `event` that never changes. */
export interface WrittenEvent {
  readonly event_id: string;
  readonly name: string;
  readonly entity: string;
  readonly state: string | null;
  readonly revision: number | null;
  readonly occurred_at: number | null;
  readonly received_at: number;
  readonly account: string | null;
  readonly api_space_id: string | null;
  readonly long_texts: string | null;
}

/** A row as it is written; the body goes beside it. */
export interface WrittenRow extends WrittenEvent {
  readonly copy: string;
  readonly status: EventStatus;
  readonly attempts: number;
  readonly conflict: boolean;
  readonly counts: boolean;
  readonly settled_at: number | null;
  readonly error: string | null;
  readonly attempt_log: string;
}

/** The columns that are written, and their types in SQL; those from `copy` on may change. */
export const writtenTypes: Readonly<Record<keyof WrittenRow, string>> = {
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
};

/** A condition on rows. */
export const isOneOf = (statuses: readonly EventStatus[]): string =>
  `status in (${statuses.map((status) => `'${status}'`).join(", ")})`;

/** A row as the server gives it. */
export interface EventRow extends WrittenRow {
  readonly seq: number;
  readonly change: number;
  readonly deliveries: number;
}

/** All but the body. */
export const rowColumns: string = ["seq", "change", "deliveries", ...Object.keys(writtenTypes)].join(", ");

/** An attempt in the log of a row. */
export type LoggedAttempt = readonly [startedAt: number, endedAt: number, error: string | null];

export const logOf = ({ attempt_log }: Pick<EventRow, "attempt_log">): readonly LoggedAttempt[] =>
  JSON.parse(attempt_log) as LoggedAttempt[];

export function writtenEvent(message: Message): WrittenEvent {
  const { accountId, apiSpaceId, eventId, name, entity, state } = message;
  const texts: Texts = [eventId, name, entity, state];
  const isWhole = texts.every((text) => text === null || indexable(text) === storable(text));
  return {
    event_id: indexable(eventId),
    name: indexable(name),
    entity: indexable(entity),
    state: state === null ? null : indexable(state),
    long_texts: isWhole ? null : JSON.stringify(texts),
    revision: message.revision,
    occurred_at: message.occurredAt,
    received_at: message.receivedAt,
    account: accountId === null ? null : JSON.stringify(accountId),
    api_space_id: apiSpaceId === null ? null : storable(apiSpaceId),
  };
}

type Texts = readonly [eventId: string, name: string, entity: string, state: string | null];

function textsOf({ long_texts: long, event_id, name, entity, state }: EventRow): Texts {
  if (long !== null) return JSON.parse(long) as Texts;
  return [restored(event_id), restored(name), restored(entity), state === null ? null : restored(state)];
}

/** The event as it came. */
function cameOf(row: EventRow): Omit<Message, "copy" | "replay" | "body"> {
  const [eventId, name, entity, state] = textsOf(row);
  return {
    eventId: eventId as EventId,
    name,
    entity: entity as EntityKey,
    state: state as StateKey | null,
    revision: row.revision,
    occurredAt: row.occurred_at,
    accountId: row.account === null ? null : (JSON.parse(row.account) as number | string),
    apiSpaceId: row.api_space_id === null ? null : restored(row.api_space_id),
    receivedAt: row.received_at,
  };
}

export function recordOf(row: EventRow): EventRecord {
  const { status, attempts, deliveries, conflict, settled_at: settledAt } = row;
  const error = row.error === null ? null : restored(row.error);
  return toRecord(cameOf(row), { status, attempts, deliveries, conflict, settledAt, error });
}

export function detailOf(row: EventRow): EventDetail {
  const attemptLog = logOf(row).map(([startedAt, endedAt, error], index) =>
    toAttempt({ attempt: index + 1, startedAt, endedAt, error }),
  );
  return { ...recordOf(row), attemptLog };
}

export const messageOf = (row: EventRow, body: Uint8Array): Message => ({
  ...cameOf(row),
  copy: restored(row.copy),
  replay: false,
  body,
});

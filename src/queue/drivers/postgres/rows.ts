import type { EntityKey, StateKey } from "../../../event/entity.ts";
import type { EventId } from "../../../event/envelope.ts";
import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import { restored, storable } from "../../../lib/postgres.ts";
import { type Delivery, sharedShards } from "../../driver.ts";

/** Columns of `message` that a sender writes, and their types. */
export const written = {
  shard: "smallint",
  event_id: "text",
  name: "text",
  entity: "text",
  state: "text",
  revision: "bigint",
  occurred_at: "bigint",
  received_at: "bigint",
  account: "text",
  api_space_id: "text",
  copy: "text",
  replay: "boolean",
} as const;

type Written = Readonly<Record<keyof typeof written, unknown>>;

export function writtenRow(message: Message): Written {
  const { state, accountId, apiSpaceId } = message;
  return {
    shard: shardOf(message, sharedShards),
    event_id: storable(message.eventId),
    name: storable(message.name),
    entity: storable(message.entity),
    state: state === null ? null : storable(state),
    revision: message.revision,
    occurred_at: message.occurredAt,
    received_at: message.receivedAt,
    account: accountId === null ? null : JSON.stringify(accountId),
    api_space_id: apiSpaceId === null ? null : storable(apiSpaceId),
    copy: storable(message.copy),
    replay: message.replay,
  };
}

/** A row as the server gives it: numbers of 64 bits are texts. */
export interface MessageRow {
  readonly id: string;
  readonly place: string;
  readonly attempt: number;
  readonly event_id: string;
  readonly name: string;
  readonly entity: string;
  readonly state: string | null;
  readonly revision: string | null;
  readonly occurred_at: string | null;
  readonly received_at: string;
  readonly account: string | null;
  readonly api_space_id: string | null;
  readonly copy: string;
  readonly replay: boolean;
  readonly body: Uint8Array;
}

/** @param row whose attempt is that of the hand-out after this one */
export function deliveryOf(row: MessageRow): Delivery {
  return { receipt: row.id, attempt: row.attempt - 1, message: readable(row) };
}

/** Rows may be written by anybody. */
function readable(row: MessageRow): Message | RangeError {
  try {
    return messageOf(row);
  } catch {
    return new RangeError("A message whose account is no JSON.");
  }
}

function messageOf(row: MessageRow): Message {
  return {
    eventId: restored(row.event_id) as EventId,
    name: restored(row.name),
    entity: restored(row.entity) as EntityKey,
    state: row.state === null ? null : (restored(row.state) as StateKey),
    revision: row.revision === null ? null : Number(row.revision),
    occurredAt: row.occurred_at === null ? null : Number(row.occurred_at),
    accountId: row.account === null ? null : (JSON.parse(row.account) as number | string),
    apiSpaceId: row.api_space_id === null ? null : restored(row.api_space_id),
    receivedAt: Number(row.received_at),
    copy: restored(row.copy),
    replay: row.replay,
    body: row.body,
  };
}

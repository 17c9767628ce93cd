import type { EntityKey, StateKey } from "../../../event/entity.ts";
import type { EventId } from "../../../event/envelope.ts";
import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import { soundMessage } from "../../../event/sound-message.ts";
import { restored, storable } from "../../../lib/postgres/texts.ts";
import { type Delivery, sharedShards } from "../../driver.ts";

/** The columns of `message` that a sender writes, and their types in SQL. */
export const sentTypes: Readonly<Record<keyof SentRow, string>> = {
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
  body: "bytea",
};

/** What a sender writes. */
interface SentRow {
  readonly shard: number;
  readonly event_id: string;
  readonly name: string;
  readonly entity: string;
  readonly state: string | null;
  readonly revision: number | null;
  readonly occurred_at: number | null;
  readonly received_at: number;
  readonly account: string | null;
  readonly api_space_id: string | null;
  readonly copy: string;
  readonly replay: boolean;
  readonly body: Uint8Array;
}

/** A row as a consumer is handed it. */
export interface MessageRow extends SentRow {
  readonly id: number;
  readonly place: number;
  readonly attempt: number;
}

export function sentRow(message: Message): SentRow {
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
    body: message.body,
  };
}

/** The number in a receipt. Its copy stands behind: after a failover that lost the newest, numbers are drawn again. */
export const idOf = (receipt: string): string => receipt.slice(0, receipt.indexOf(" "));
export const copyOf = (receipt: string): string => receipt.slice(receipt.indexOf(" ") + 1);

/** @param row a row that already has the attempt of the hand-out after this one */
export function deliveryOf(row: MessageRow): Delivery {
  return { receipt: `${row.id} ${row.copy}`, attempt: row.attempt - 1, message: readable(row) };
}

/** Checked, since rows may be written by anybody. */
function readable(row: MessageRow): Message | RangeError {
  try {
    return soundMessage(messageOf(row));
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
    revision: row.revision,
    occurredAt: row.occurred_at,
    accountId: row.account === null ? null : (JSON.parse(row.account) as number | string),
    apiSpaceId: row.api_space_id === null ? null : restored(row.api_space_id),
    receivedAt: row.received_at,
    copy: restored(row.copy),
    replay: row.replay,
    body: row.body,
  };
}

import type { EntityKey, StateKey } from "../../../event/entity.ts";
import type { EventId } from "../../../event/envelope.ts";
import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import { soundMessage } from "../../../event/sound-message.ts";
import { restored, storable } from "../../../lib/postgres/texts.ts";
import { CopyRows } from "../../../lib/postgres/copy.ts";
import { type Delivery, sharedShards } from "../../driver.ts";

/** Columns of `message` that a sender writes, in the order in which `copyRows` does. */
export const columns = [
  "shard",
  "event_id",
  "name",
  "entity",
  "state",
  "revision",
  "occurred_at",
  "received_at",
  "account",
  "api_space_id",
  "copy",
  "replay",
  "body",
] as const;

/** How many bytes all fields of a message but its body take, about. */
const usualFields = 512;

export function copyRows(messages: readonly Message[]): Buffer {
  const size = messages.reduce((sum, { body }) => sum + body.length + usualFields, 0);
  const rows = new CopyRows(columns.length, size);
  for (const message of messages) {
    const { state, accountId, apiSpaceId } = message;
    rows.begin();
    rows.smallint(shardOf(message, sharedShards));
    rows.text(storable(message.eventId));
    rows.text(storable(message.name));
    rows.text(storable(message.entity));
    rows.text(state === null ? null : storable(state));
    rows.bigint(message.revision);
    rows.bigint(message.occurredAt);
    rows.bigint(message.receivedAt);
    rows.text(accountId === null ? null : JSON.stringify(accountId));
    rows.text(apiSpaceId === null ? null : storable(apiSpaceId));
    rows.text(storable(message.copy));
    rows.boolean(message.replay);
    rows.bytea(message.body);
  }
  return rows.end();
}

/** A row as the server gives it. */
export interface MessageRow {
  readonly id: number;
  readonly place: number;
  readonly attempt: number;
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

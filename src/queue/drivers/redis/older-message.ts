import type { EntityKey, StateKey } from "../../../event/entity.ts";
import type { EventId } from "../../../event/envelope.ts";
import type { Message } from "../../../event/message.ts";

/** The fields of a stream entry, by their names. */
type Fields = ReadonlyMap<string, Buffer>;

/** Whether an older version wrote it, which had a field for each part of a message. */
export const isOlder = (fields: Fields): boolean => fields.get("format")?.toString("latin1") === "1";

/** @throws {Error} if a field is missing or damaged */
export function readOlder(fields: Fields): Message {
  // This field names the texts that are written as JSON: those with half a surrogate pair, which UTF-8 cannot hold.
  const escaped = fields.get("json")?.toString("latin1").split(" ");
  const textOf = (name: string): string | null => {
    const value = fields.get(name)?.toString("utf8");
    if (value === undefined) return null;
    return escaped?.includes(name) === true ? String(JSON.parse(value)) : value;
  };
  const accountId = textOf("accountId");
  return {
    eventId: needed(textOf("eventId")) as EventId,
    name: needed(textOf("event")),
    entity: needed(textOf("entity")) as EntityKey,
    state: textOf("state") as StateKey | null,
    revision: numberOf(textOf("revision")),
    occurredAt: numberOf(textOf("occurredAt")),
    accountId: fields.has("accountIs") ? accountId : numberOf(accountId),
    apiSpaceId: textOf("apiSpaceId"),
    receivedAt: needed(numberOf(textOf("receivedAt"))),
    copy: needed(textOf("copy")),
    replay: fields.has("replay"),
    body: needed(fields.get("body")),
  };
}

function needed<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new RangeError("a field is missing");
  return value;
}

function numberOf(text: string | null): number | null {
  if (text === null) return null;
  const number = Number(text);
  if (text === "" || Number.isNaN(number)) throw new RangeError("no number");
  return number;
}

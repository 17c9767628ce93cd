import type { EntityKey, StateKey } from "../../../event/entity.ts";
import type { EventId } from "../../../event/envelope.ts";
import type { Message } from "../../../event/message.ts";
import { soundMessage } from "../../../event/sound-message.ts";
import { asBuffer } from "../../../lib/as-buffer.ts";

/** The format of an entry; one with a later format may only be readable by a later Hookwell. */
const format = 1;

/**
 * Values that other programs hardly need, in one field as JSON: each field of an entry costs the server as much time as
 * 50 bytes. A value that is left out is `null`; a state that is left out is the entity, as for most events.
 */
interface Rest {
  readonly format: number;
  readonly receivedAt: number;
  readonly copy: string;
  readonly state?: StateKey | null;
  readonly accountId?: number | string;
  readonly apiSpaceId?: string;
  readonly replay?: true;
}

/** Adds the fields of a stream entry to the arguments of XADD: names that people and other programs understand. */
export function fieldsOf(message: Message, command: (string | Buffer)[]): (string | Buffer)[] {
  const { name, eventId, entity, revision, occurredAt, body } = message;
  command.push("event", name, "eventId", eventId, "entity", entity);
  if (revision !== null) command.push("revision", String(revision));
  if (occurredAt !== null) command.push("occurredAt", String(occurredAt));
  command.push("hookwell", JSON.stringify(restOf(message)));
  command.push("body", asBuffer(body));
  return command;
}

function restOf({ receivedAt, copy, ...message }: Message): Rest {
  const { entity, state, accountId, apiSpaceId, replay } = message;
  return {
    format,
    receivedAt,
    copy,
    ...((state as string | null) !== entity && { state }),
    ...(accountId !== null && { accountId }),
    ...(apiSpaceId !== null && { apiSpaceId }),
    ...(replay && { replay }),
  };
}

/** The message in these fields, names and values in turn; or why there is none. */
export function messageOf(fields: readonly Buffer[]): Message | RangeError {
  const byName = new Map<string, Buffer>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name, value] = [fields[at], fields[at + 1]];
    if (name !== undefined && value !== undefined) byName.set(name.toString("latin1"), value);
  }
  const rest = byName.get("hookwell");
  if (rest === undefined) return new RangeError("A stream entry that Hookwell did not write.");
  try {
    return soundMessage(readMessage(byName, JSON.parse(rest.toString("utf8")) as Rest));
  } catch (error) {
    if (error instanceof OtherFormatError) return error;
    // The parser's message quotes the text, which must not reach a log.
    return new RangeError("A stream entry whose fields are damaged.");
  }
}

class OtherFormatError extends RangeError {}

function readMessage(fields: ReadonlyMap<string, Buffer>, rest: Rest): Message {
  if (rest.format !== format) {
    throw new OtherFormatError(`A stream entry of another format; this Hookwell knows format ${format}.`);
  }
  const { receivedAt, copy, accountId = null, apiSpaceId = null, replay = false } = rest;
  if (typeof receivedAt !== "number" || typeof copy !== "string") throw new RangeError("hookwell");
  const entity = textOf(fields, "entity");
  return {
    eventId: textOf(fields, "eventId") as EventId,
    name: textOf(fields, "event"),
    entity: entity as EntityKey,
    state: rest.state === undefined ? (entity as StateKey) : rest.state,
    revision: numberOf(fields, "revision"),
    occurredAt: numberOf(fields, "occurredAt"),
    accountId,
    apiSpaceId,
    receivedAt,
    copy,
    replay,
    body: bytesOf(fields, "body"),
  };
}

function bytesOf(fields: ReadonlyMap<string, Buffer>, name: string): Buffer {
  const value = fields.get(name);
  if (value === undefined) throw new RangeError(name);
  return value;
}

const textOf = (fields: ReadonlyMap<string, Buffer>, name: string): string =>
  bytesOf(fields, name).toString("utf8");

function numberOf(fields: ReadonlyMap<string, Buffer>, name: string): number | null {
  if (!fields.has(name)) return null;
  const text = textOf(fields, name);
  const number = Number(text);
  if (text === "" || Number.isNaN(number)) throw new RangeError("no number");
  return number;
}

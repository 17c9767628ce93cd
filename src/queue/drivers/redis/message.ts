import type { EntityKey, StateKey } from "../../../event/entity.ts";
import type { EventId } from "../../../event/envelope.ts";
import type { Message } from "../../../event/message.ts";

/** Of the fields of an entry; a later one may be read only by a later Hookwell. */
const format = "1";
/** What `accountIs` says of an account id that is a text; most are numbers. */
const text = "text";

/**
 * The fields of a stream entry, as arguments of XADD: names that people and other programs understand, values as they
 * are. What an event does not have is left out. Texts that UTF-8 cannot hold are written as JSON and named in `json`.
 */
export function fieldsOf(message: Message, command: (string | Buffer)[]): (string | Buffer)[] {
  const { body, state, revision, occurredAt, accountId, apiSpaceId } = message;
  const start = command.length;
  command.push("format", format, "event", message.name, "eventId", message.eventId, "entity", message.entity);
  if (state !== null) command.push("state", state);
  if (revision !== null) command.push("revision", String(revision));
  if (occurredAt !== null) command.push("occurredAt", String(occurredAt));
  command.push("receivedAt", String(message.receivedAt));
  if (accountId !== null) command.push("accountId", String(accountId));
  if (typeof accountId === "string") command.push("accountIs", text);
  if (apiSpaceId !== null) command.push("apiSpaceId", apiSpaceId);
  command.push("copy", message.copy);
  if (message.replay) command.push("replay", "1");
  escape(command, start);
  command.push("body", Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  return command;
}

/** Half a surrogate pair, which a JSON text may hold, would become another text as UTF-8. */
function escape(command: (string | Buffer)[], start: number): void {
  let escaped: string | undefined;
  for (let at = start + 1; at < command.length; at += 2) {
    const value = command[at];
    if (typeof value !== "string" || value.isWellFormed()) continue;
    const name = String(command[at - 1]);
    escaped = escaped === undefined ? name : `${escaped} ${name}`;
    command[at] = JSON.stringify(value);
  }
  if (escaped !== undefined) command.push("json", escaped);
}

/** The message that these fields are, names and values in turn; or why they are none. */
export function messageOf(fields: readonly Buffer[]): Message | RangeError {
  const byName = new Map<string, Buffer>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name, value] = [fields[at], fields[at + 1]];
    if (name !== undefined && value !== undefined) byName.set(name.toString("latin1"), value);
  }
  const found = byName.get("format")?.toString("latin1");
  if (found === undefined) return new RangeError("A stream entry that Hookwell did not write.");
  if (found !== format) {
    return new RangeError(`A stream entry of another format; this Hookwell knows format ${format}.`);
  }
  try {
    return readMessage(byName);
  } catch {
    // The parser's message quotes the text, which must not reach a log.
    return new RangeError("A stream entry whose fields are damaged.");
  }
}

function readMessage(fields: ReadonlyMap<string, Buffer>): Message {
  const escaped = fields.get("json")?.toString("latin1").split(" ");
  const textOf = (name: string): string | null => {
    const value = fields.get(name)?.toString("utf8");
    if (value === undefined) return null;
    return escaped?.includes(name) === true ? String(JSON.parse(value)) : value;
  };
  const needed = (name: string): string => {
    const value = textOf(name);
    if (value === null) throw new RangeError(name);
    return value;
  };
  const accountId = textOf("accountId");
  const body = fields.get("body");
  if (body === undefined) throw new RangeError("body");
  return {
    eventId: needed("eventId") as EventId,
    name: needed("event"),
    entity: needed("entity") as EntityKey,
    state: textOf("state") as StateKey | null,
    revision: numberOf(textOf("revision")),
    occurredAt: numberOf(textOf("occurredAt")),
    accountId: fields.has("accountIs") ? accountId : numberOf(accountId),
    apiSpaceId: textOf("apiSpaceId"),
    receivedAt: numberOf(needed("receivedAt")) ?? 0,
    copy: needed("copy"),
    replay: fields.has("replay"),
    body,
  };
}

function numberOf(value: string | null): number | null {
  if (value === null) return null;
  const number = Number(value);
  if (value === "" || Number.isNaN(number)) throw new RangeError("no number");
  return number;
}

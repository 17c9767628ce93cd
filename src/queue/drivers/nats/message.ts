import type { Msg, MsgHdrs } from "@nats-io/transport-node";
import type { EntityKey, StateKey } from "../../../event/entity.ts";
import type { EventId } from "../../../event/envelope.ts";
import type { Message } from "../../../event/message.ts";
import { soundMessage } from "../../../event/sound-message.ts";
import type { Place } from "./attempts/attempts.ts";
import { headerText, headerValue } from "./text.ts";

/** The format of the headers, so that a later one can be told from this. */
const format = "1";

/**
 * The fields of an event as headers; its body is the message's body. No header may name our stream: the server leaves
 * it on the copies for others, and their streams would refuse these.
 *
 * @param id by this the server recognises a repeat; mostly the name of the copy
 */
export function writeHeaders(headers: MsgHdrs, message: Message, id: string): MsgHdrs {
  const text = (key: string, value: string | null): void => {
    if (value !== null) headers.set(key, headerValue(value));
  };
  const number = (key: string, value: number | null): void => {
    if (value !== null) headers.set(key, String(value));
  };
  text("Nats-Msg-Id", id);
  if (id !== message.copy) text("Hookwell-Copy", message.copy);
  headers.set("Hookwell-Format", format);
  text("Hookwell-Event-Name", message.name);
  text("Hookwell-Event-Id", message.eventId);
  text("Hookwell-Entity", message.entity);
  text("Hookwell-State", message.state);
  number("Hookwell-Revision", message.revision);
  number("Hookwell-Occurred-At", message.occurredAt);
  number("Hookwell-Received-At", message.receivedAt);
  text("Hookwell-Account-Id", message.accountId === null ? null : String(message.accountId));
  // A text that reads like a number must not come back as one.
  if (typeof message.accountId === "string" && isNumber(message.accountId)) {
    headers.set("Hookwell-Account-Id-Type", "string");
  }
  text("Hookwell-Api-Space-Id", message.apiSpaceId);
  if (message.replay) headers.set("Hookwell-Replay", "true");
  return headers;
}

/** The parts of a message that this driver looks at. */
export type NatsMessage = Pick<Msg, "headers" | "data">;

/** A message that came, the subject at which it is answered, and what that tells of it. */
export interface Arrival {
  readonly message: NatsMessage;
  readonly reply: string;
  readonly place: Place;
  /** As in the session in which it was asked for; 0 if nobody waited for it any more. */
  readonly reached: number;
}

/** The event that a message is; if this version cannot read it, why. */
export function readMessage(message: NatsMessage): Message | RangeError {
  try {
    return read(message);
  } catch {
    // The error may quote the headers, which must not reach a log.
    return new RangeError("A message whose headers are damaged.");
  }
}

function read({ headers, data }: NatsMessage): Message | RangeError {
  const found = headers?.get("Hookwell-Format") ?? "";
  if (headers === undefined || found !== format) {
    const told = /^\d{1,6}$/.test(found) ? found : "(none)";
    return new RangeError(`A message of format ${told}; this Hookwell knows format ${format}.`);
  }
  const must = (key: string): string => headerText(headers.get(key));
  const text = (key: string): string | null => (headers.has(key) ? must(key) : null);
  const number = (key: string): number | null => (headers.has(key) ? Number(headers.get(key)) : null);
  const account = text("Hookwell-Account-Id");
  const isText = account === null || headers.has("Hookwell-Account-Id-Type") || !isNumber(account);
  return soundMessage({
    eventId: must("Hookwell-Event-Id") as EventId,
    name: must("Hookwell-Event-Name"),
    entity: must("Hookwell-Entity") as EntityKey,
    state: text("Hookwell-State") as StateKey | null,
    revision: number("Hookwell-Revision"),
    occurredAt: number("Hookwell-Occurred-At"),
    accountId: isText ? account : Number(account),
    apiSpaceId: text("Hookwell-Api-Space-Id"),
    receivedAt: Number(headers.get("Hookwell-Received-At")),
    copy: text("Hookwell-Copy") ?? must("Nats-Msg-Id"),
    replay: headers.has("Hookwell-Replay"),
    body: data,
  });
}

/** True if a number would be written exactly so. */
const isNumber = (text: string): boolean => String(Number(text)) === text;

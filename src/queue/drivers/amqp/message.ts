import type { AsyncMessage, Envelope, HeaderFields } from "rabbitmq-client";
import type { EntityKey, StateKey } from "../../../event/entity.ts";
import type { EventId } from "../../../event/envelope.ts";
import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import { soundMessage } from "../../../event/sound-message.ts";
import { asBuffer } from "../../../lib/as-buffer.ts";
import { sharedShards } from "../../driver.ts";
import { eventKey, fits, shardKey } from "./topology/names.ts";

/** The format of the headers, so that a later one can be told from this. */
const format = 1;

type Headers = NonNullable<HeaderFields["headers"]>;

/** A message as it is published. */
export interface Published {
  readonly envelope: Envelope;
  readonly body: unknown;
}

export const publishedOf = (message: Message, exchange: string, sentAt: number): Published => ({
  envelope: envelopeOf(message, exchange, sentAt),
  // The client takes nothing else as bytes.
  body: asBuffer(message.body),
});

/** How large the body is. */
export const bytesOf = ({ body }: { readonly body?: unknown }): number =>
  Buffer.isBuffer(body) ? body.length : 0;

/** Everything but the body. Texts that a property cannot hold go into a header. */
function envelopeOf(message: Message, exchange: string, sentAt: number): Envelope {
  const headers: Headers = {
    // Not `BCC`: to take that out, the server would write all headers anew.
    CC: [shardKey(shardOf(message, sharedShards))],
    "hookwell-format": format,
    "hookwell-entity": message.entity,
    "hookwell-received-at": message.receivedAt,
    "hookwell-sent-at": sentAt,
    "hookwell-copy": message.copy,
  };
  if (message.state !== null) headers["hookwell-state"] = message.state;
  if (message.revision !== null) headers["hookwell-revision"] = message.revision;
  if (message.occurredAt !== null) headers["hookwell-occurred-at"] = message.occurredAt;
  if (message.apiSpaceId !== null) headers["hookwell-api-space-id"] = message.apiSpaceId;
  if (message.accountId !== null) setAccount(headers, message.accountId);
  if (message.replay) headers["hookwell-replay"] = true;
  const envelope: Envelope = {
    exchange,
    routingKey: eventKey(message.name),
    mandatory: true,
    durable: true,
    contentType: "application/json",
    // Also keeps the client from parsing the body.
    contentEncoding: "utf-8",
    timestamp: Math.max(0, Math.floor(message.receivedAt / 1_000)),
    appId: "hookwell",
    headers,
  };
  if (fits(message.name)) envelope.type = message.name;
  else headers["hookwell-name"] = message.name;
  if (fits(message.eventId)) envelope.messageId = message.eventId;
  else headers["hookwell-event-id"] = message.eventId;
  return envelope;
}

/** The message that came; or why it cannot be read, in words that quote nothing of it. */
export function messageOf(came: AsyncMessage): Message | RangeError {
  const headers: Headers = came.headers ?? {};
  const body: unknown = came.body;
  const found: unknown = headers["hookwell-format"];
  if (found !== format) {
    const shown = typeof found === "number" ? `of format ${found}` : "without the headers of Hookwell";
    return new RangeError(`A message ${shown}; this Hookwell knows format ${format}.`);
  }
  const [eventId, name] = [
    came.messageId ?? headers["hookwell-event-id"],
    came.type ?? headers["hookwell-name"],
  ] as const;
  const text = (key: string): string | null => optional(headers[`hookwell-${key}`], "string");
  const number = (key: string): number | null => optional(headers[`hookwell-${key}`], "number");
  const [entity, receivedAt, copy] = [text("entity"), number("received-at"), text("copy")];
  const isWhole = typeof eventId === "string" && typeof name === "string" && Buffer.isBuffer(body);
  if (!isWhole || entity === null || receivedAt === null || copy === null) {
    return new RangeError("A message whose headers are damaged.");
  }
  return soundMessage({
    eventId: eventId as EventId,
    name,
    entity: entity as EntityKey,
    state: text("state") as StateKey | null,
    revision: number("revision"),
    occurredAt: number("occurred-at"),
    accountId: accountOf(headers),
    apiSpaceId: text("api-space-id"),
    receivedAt,
    copy,
    replay: headers["hookwell-replay"] === true,
    body,
  });
}

/**
 * Properties of a message that is published once more, as its `attempt`-th hand-out. What others have added is left out:
 * if the client could not write it again, it would end the channel at each try, with all that is being sent there.
 */
export function envelopeAgain(fields: HeaderFields, attempt: number): Envelope {
  const headers: Headers = { "hookwell-attempt": attempt };
  for (const [key, value] of Object.entries(fields.headers ?? {})) {
    if (key.startsWith("hookwell-") && key !== "hookwell-attempt" && isWritable(value)) headers[key] = value;
  }
  const { contentType, contentEncoding, correlationId, messageId, timestamp, type, appId } = fields;
  return {
    mandatory: true,
    durable: true,
    headers,
    ...(contentType !== undefined && { contentType }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(correlationId !== undefined && { correlationId }),
    ...(messageId !== undefined && { messageId }),
    ...(Number.isSafeInteger(timestamp) && { timestamp }),
    ...(type !== undefined && { type }),
    ...(appId !== undefined && { appId }),
  };
}

/** False for what the client reads and cannot write: a number that is none or too far below 0, and bytes. */
function isWritable(value: unknown): boolean {
  if (typeof value === "number") return value >= -(2 ** 63);
  if (typeof value !== "object" || value === null) return true;
  return !Buffer.isBuffer(value) && Object.values(value).every(isWritable);
}

/** The attempt of the first hand-out: the one that a retry has set, if any. */
export const firstAttempt = (fields: HeaderFields): number =>
  Math.max(1, countOf(fields, "hookwell-attempt"));

/** How often the server has handed this out without an answer. */
export const vainHandOuts = (fields: HeaderFields): number =>
  Math.max(countOf(fields, "x-delivery-count"), countOf(fields, "x-acquired-count"));

/** When it was first sent, in ms since 1970; now, if that is not known. */
export const sentAtOf = ({ headers }: HeaderFields): number =>
  optional(headers?.["hookwell-sent-at"], "number") ?? Date.now();

const countOf = ({ headers }: HeaderFields, key: string): number => {
  const count: unknown = headers?.[key];
  return typeof count === "number" && Number.isSafeInteger(count) ? count : 0;
};

/** The client writes most numbers as numbers; those that it cannot write are sent as digits. */
function setAccount(headers: Headers, accountId: number | string): void {
  const isPlain = typeof accountId === "string" || Number.isSafeInteger(accountId);
  if (isPlain || Math.abs(accountId) < 2 ** 50) headers["hookwell-account-id"] = accountId;
  else headers["hookwell-account-number"] = String(accountId);
}

function accountOf(headers: Headers): number | string | null {
  const digits = optional(headers["hookwell-account-number"], "string");
  if (digits !== null) return Number(digits);
  const accountId: unknown = headers["hookwell-account-id"];
  return typeof accountId === "number" || typeof accountId === "string" ? accountId : null;
}

function optional(value: unknown, type: "string"): string | null;
function optional(value: unknown, type: "number"): number | null;
function optional(value: unknown, type: "string" | "number"): unknown {
  return typeof value === type ? value : null;
}

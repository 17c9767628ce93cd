import { MalformedError } from "../errors.ts";
import { asBuffer } from "../lib/as-buffer.ts";
import type { EntityKey, Families, StateKey } from "./entity.ts";
import { comma, endOfValue, openBrace, openBracket, skipSpace } from "./json-scan.ts";
import { bomLength, splitArray } from "./splitter.ts";
import { parseTime } from "./time.ts";

/** The sender's id of an event; the idempotency key. */
export type EventId = string & { readonly brand: "EventId" };

/**
 * One event of a delivery: what Hookwell needs to know of it, and its exact bytes. All texts are valid Unicode, and short
 * enough for whatever an engine keeps beside the body.
 */
export interface Envelope {
  readonly eventId: EventId;
  /** Such as `message.delivered`; names that nobody knows are fine. */
  readonly name: string;
  readonly entity: EntityKey;
  /** `null` if the event is never obsolete. */
  readonly state: StateKey | null;
  /** Position in the entity's sequence; `null` if it is absent or not a whole number from 0 up. */
  readonly revision: number | null;
  /** When the event occurred, in ms since 1970; `null` if the sender's `timestamp` is absent or unreadable. */
  readonly occurredAt: number | null;
  readonly accountId: number | string | null;
  readonly apiSpaceId: string | null;
  /** The event as it came: its bytes in the request, unchanged. */
  readonly body: Uint8Array;
}

/** An element of an array that cannot be an event, and why. */
export interface Unusable {
  readonly reason: string;
  readonly body: Uint8Array;
}

/** What a delivery holds, or a part of it. A single event is the whole body; in an array each element is cut out exactly. */
export interface Batch {
  readonly envelopes: readonly Envelope[];
  readonly unusable: readonly Unusable[];
  /** Where the next part begins; undefined behind the last. */
  readonly next: number | undefined;
}

/**
 * Most elements of a part. The sender puts at most 500 events into an array, so each of its deliveries is one part. But
 * hundreds of thousands of tiny elements fit into a body; taken all at once, they would fill the memory and hold up
 * everybody else.
 */
const mostElements = 1_000;

/** Characters of an id or a name. */
const mostLength = 1_000;

/**
 * Takes a signed body apart, from its beginning or from where the last part ended.
 *
 * @param body the bytes of the request, a JSON object or an array of objects; a byte order mark is passed over
 * @throws {MalformedError} if it is not JSON, neither object nor array, or a single object without a usable envelope:
 *   this shows with the first part or never
 */
export function parseBatch(body: Uint8Array, families: Families, from?: number): Batch {
  const bytes = asBuffer(body);
  const envelopes: Envelope[] = [];
  const unusable: Unusable[] = [];
  const read = (start: number): number => {
    const isObject = bytes[start] === openBrace;
    const end = isObject ? families.fields.read(bytes, start) : endOfValue(bytes, start);
    if (end < 0) return end;
    const part = isArray ? bytes.subarray(start, end) : body;
    const event = isObject ? readEvent(part, families) : "An event is a JSON object; this is not.";
    if (typeof event === "string") unusable.push({ reason: event, body: part });
    else envelopes.push(event);
    return end;
  };
  const start = from ?? skipSpace(bytes, bomLength(bytes));
  const isArray = from !== undefined || bytes[start] === openBracket;
  const end = isArray ? splitArray(bytes, start, mostElements, read) : read(start);
  const next = bytes[end] === comma ? end : undefined;
  if (from === undefined) {
    // Nothing may be taken from a body that is not JSON, so the rest is checked before the first part is given out.
    const whole = next === undefined ? end : endOfValue(bytes, start);
    const isJson = whole >= 0 && skipSpace(bytes, whole) === bytes.length;
    if (!isJson) throw new MalformedError("The body is not JSON.");
  }
  if (!isArray && unusable[0] !== undefined) throw new MalformedError(unusable[0].reason);
  return { envelopes, unusable, next };
}

/**
 * Parses bytes as JSON text. Bytes that are no UTF-8 are read as U+FFFD: the sender's charset is not documented, and
 * refusing would lose the event for good, while its exact bytes are kept.
 *
 * @throws {MalformedError} if it is not JSON, or is too long for a string
 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(asBuffer(bytes).toString("utf8", bomLength(bytes)));
  } catch {
    // The parser's own message quotes the body, which must not reach a log; so there is no cause.
    throw new MalformedError("The body cannot be parsed.");
  }
}

/** The event whose fields were read, or why it is unusable. */
function readEvent(body: Uint8Array, families: Families): Envelope | string {
  const { fields } = families;
  const eventId = fields.value("eventId");
  const name = fields.value("name");
  const reason = whyUnusable("eventId", eventId) ?? whyUnusable("name", name);
  if (reason !== undefined) return reason;
  const { entity, state } = families.identityOf(name as string, eventId as string);
  return {
    eventId: eventId as EventId,
    name: name as string,
    entity,
    state,
    revision: revisionOf(fields.value("revision")),
    occurredAt: timeOf(fields.value("timestamp")),
    accountId: accountOf(fields.value("accountId")),
    apiSpaceId: textOf(fields.value("apiSpaceId")),
    body,
  };
}

function whyUnusable(field: string, value: unknown): string | undefined {
  if (typeof value !== "string" || value.length === 0) return `The event has no string \`${field}\`.`;
  // Two such ids may look the same once stored, and one of the events would be taken for a duplicate.
  if (!value.isWellFormed() || value.includes("\ufffd")) return `\`${field}\` is not valid Unicode text.`;
  if (value.length > mostLength) return `\`${field}\` is longer than 1,000 characters.`;
  return undefined;
}

function revisionOf(value: unknown): number | null {
  // Adding zero makes zero of the minus zero that JSON allows.
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) + 0 : null;
}

function timeOf(timestamp: unknown): number | null {
  const time = typeof timestamp === "string" ? parseTime(timestamp) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

/** A number too large to be exact could name somebody else's account, so it is left out. */
function accountOf(value: unknown): number | string | null {
  return Number.isSafeInteger(value) ? Number(value) : textOf(value);
}

/** A text that is longer than an id may be counts as absent. */
const textOf = (value: unknown): string | null =>
  typeof value === "string" && value.length <= mostLength ? value.toWellFormed() : null;

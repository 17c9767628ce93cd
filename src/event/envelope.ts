import { MalformedError } from "../errors.ts";
import type { EntityKey, Families, StateKey } from "./entity.ts";
import { bomLength, splitArray } from "./splitter.ts";

/** The sender's id of an event; the idempotency key. */
export type EventId = string & { readonly brand: "EventId" };

/** One event of a delivery: what Hookwell needs to know of it, and its exact bytes. */
export interface Envelope {
  readonly eventId: EventId;
  /** Such as `message.delivered`; names that nobody knows are fine. */
  readonly name: string;
  readonly entity: EntityKey;
  /** `null` if the event is never obsolete. */
  readonly state: StateKey | null;
  /** Position in the entity's sequence; `null` if absent or no whole number from 0 up. */
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

/** What a delivery holds. A single event is the whole body; in an array each element is cut out exactly. */
export interface Batch {
  readonly envelopes: readonly Envelope[];
  readonly unusable: readonly Unusable[];
}

/**
 * Takes a signed body apart.
 *
 * @param body the bytes of the request, a JSON object or an array of objects; a byte order mark is passed over
 * @throws {MalformedError} if it is not JSON, neither object nor array, or a single object without a usable envelope
 */
export function parseBatch(body: Uint8Array, families: Families): Batch {
  const json = parseJson(body);
  if (!Array.isArray(json)) {
    const reason = whyUnusable(json);
    if (reason !== undefined) throw new MalformedError(reason);
    return { envelopes: [toEnvelope(json as RawEvent, body, families)], unusable: [] };
  }
  const envelopes: Envelope[] = [];
  const unusable: Unusable[] = [];
  const parts = splitArray(body);
  for (const [index, part] of parts.entries()) {
    const reason = whyUnusable(json[index]);
    if (reason === undefined) envelopes.push(toEnvelope(json[index] as RawEvent, part, families));
    else unusable.push({ reason, body: part });
  }
  return { envelopes, unusable };
}

/**
 * Parses bytes as JSON text. Bytes that are no UTF-8 are read as U+FFFD: the sender's charset is not documented, and
 * refusing would lose the event for good, while its exact bytes are kept.
 *
 * @throws {MalformedError} if it is not JSON
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return JSON.parse(text.toString("utf8", bomLength(bytes)));
  } catch (cause) {
    // The parser's own message quotes the body, which must not reach a log; so there is no cause.
    throw new MalformedError(
      cause instanceof SyntaxError ? "The body is not JSON." : "The body cannot be parsed.",
    );
  }
}

interface RawEvent {
  readonly eventId: string;
  readonly name: string;
  readonly revision?: unknown;
  readonly timestamp?: unknown;
  readonly accountId?: unknown;
  readonly apiSpaceId?: unknown;
}

function whyUnusable(json: unknown): string | undefined {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return "An event is a JSON object; this is not.";
  }
  for (const field of ["eventId", "name"] as const) {
    const value = Object.hasOwn(json, field) ? (json as Record<string, unknown>)[field] : undefined;
    if (typeof value !== "string" || value.length === 0) return `The event has no string \`${field}\`.`;
    // Two such ids may look the same once stored, and one of the events would be taken for a duplicate.
    if (!value.isWellFormed() || value.includes("\ufffd")) return `\`${field}\` is not valid Unicode text.`;
    if (value.length > 1_000) return `\`${field}\` is longer than 1,000 characters.`;
  }
  return undefined;
}

function toEnvelope(raw: RawEvent, body: Uint8Array, families: Families): Envelope {
  return {
    eventId: raw.eventId as EventId,
    name: raw.name,
    ...families.identify(raw),
    revision: revisionOf(raw.revision),
    occurredAt: timeOf(raw.timestamp),
    accountId: accountOf(raw.accountId),
    apiSpaceId: typeof raw.apiSpaceId === "string" ? raw.apiSpaceId.toWellFormed() : null,
    body,
  };
}

function revisionOf(value: unknown): number | null {
  // Plus zero, since JSON knows a minus zero.
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) + 0 : null;
}

function timeOf(timestamp: unknown): number | null {
  const time = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

function accountOf(value: unknown): number | string | null {
  if (typeof value === "string") return value.toWellFormed();
  return Number.isFinite(value) ? Number(value) : null;
}

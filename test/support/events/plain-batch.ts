import { MalformedError } from "../../../src/errors.ts";
import type { Families } from "../../../src/event/entity.ts";
import type { Batch, Envelope, EventId } from "../../../src/event/envelope.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * What `parseBatch` must give, in the plainest way: `JSON.parse` says what is JSON and what the values are, and a
 * splitter that trusts it cuts the elements.
 *
 * @throws {MalformedError} as `parseBatch` does
 */
export function plainBatch(body: Buffer, families: Families): Batch {
  const json = parsed(body);
  const bodies = Array.isArray(json) ? elements(body) : [body];
  const envelopes: Envelope[] = [];
  const unusable: { reason: string; body: Buffer }[] = [];
  for (const [index, part] of bodies.entries()) {
    const element = Array.isArray(json) ? (json[index] as unknown) : json;
    const reason = whyUnusable(element);
    if (reason === undefined) envelopes.push(envelopeOf(element as Json, part, families));
    else unusable.push({ reason, body: part });
  }
  if (!Array.isArray(json) && unusable[0] !== undefined) throw new MalformedError(unusable[0].reason);
  return { envelopes, unusable, next: undefined };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new MalformedError("The body is not JSON.");
  }
}

function whyUnusable(json: unknown): string | undefined {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return "An event is a JSON object; this is not.";
  }
  for (const field of ["eventId", "name"]) {
    const value = own(json as Json, field);
    if (typeof value !== "string" || value === "") return `The event has no string \`${field}\`.`;
    if (!value.isWellFormed() || value.includes("\ufffd")) return `\`${field}\` is not valid Unicode text.`;
    if (value.length > 1_000) return `\`${field}\` is longer than 1,000 characters.`;
  }
  return undefined;
}

const own = (json: Json, key: string): unknown => (Object.hasOwn(json, key) ? json[key] : undefined);

function envelopeOf(json: Json, body: Buffer, families: Families): Envelope {
  const [eventId, name] = [own(json, "eventId") as EventId, own(json, "name") as string];
  const [revision, timestamp] = [own(json, "revision"), own(json, "timestamp")];
  const [accountId, apiSpaceId] = [own(json, "accountId"), own(json, "apiSpaceId")];
  const isSequence = typeof revision === "number" && Number.isSafeInteger(revision) && revision >= 0;
  const time = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  const text = (value: unknown): string | null =>
    typeof value === "string" && value.length <= 1_000 ? value.toWellFormed() : null;
  return {
    eventId,
    name,
    ...families.identify({ ...json, eventId, name }),
    revision: isSequence ? revision + 0 : null,
    occurredAt: Number.isNaN(time) ? null : time,
    accountId: Number.isSafeInteger(accountId) ? (accountId as number) : text(accountId),
    apiSpaceId: text(apiSpaceId),
    body,
  };
}

/** The elements of a valid array, cut at its commas. */
function elements(body: Buffer): readonly Buffer[] {
  const text = body.toString("latin1");
  const cuts = [text.indexOf("[")];
  let depth = 0;
  // A string, or something of which brackets and commas are made.
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/gs)) {
    if (match[0] === "]" || match[0] === "}") depth -= 1;
    if ((match[0] === "," && depth === 1) || depth === 0) cuts.push(match.index);
    if (match[0] === "[" || match[0] === "{") depth += 1;
    if (match[0] === "[" && match.index === cuts[0]) cuts.length = 1;
  }
  const parts = cuts.slice(1).map((cut, index) => trimmed(body, (cuts[index] ?? 0) + 1, cut));
  return parts.length === 1 && parts[0]?.length === 0 ? [] : parts;
}

function trimmed(body: Buffer, from: number, to: number): Buffer {
  const text = body.toString("latin1", from, to);
  const before = text.length - text.replace(/^[ \t\r\n]+/, "").length;
  return body.subarray(from + before, from + text.replace(/[ \t\r\n]+$/, "").length);
}

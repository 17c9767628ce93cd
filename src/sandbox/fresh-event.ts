import { Families } from "../event/entity.ts";
import { etagFamilies, etagOf } from "./etag.ts";
import { sample, sampleNames, type SampleEvent } from "./samples.ts";

/** Chance and time come from the caller, so that a seed gives the same events again. */
export interface FreshWorld {
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
  /** Ms since 1970. */
  readonly now: () => number;
}

export interface FreshOptions extends FreshWorld {
  /** Id of the entity (message, profile, conversation, chat, person). Default: a new one. */
  readonly entityId?: string;
  /** Default: that of the sample. Left out where the sender gives none. */
  readonly revision?: number;
}

const families = new Families();

/**
 * A new event like the sample of this name: new event id, new ids of entity and message wherever the sample repeats
 * them, the etag that belongs to them, and all times moved so that the event occurs now.
 */
export function freshEvent(name: string, options: FreshOptions): SampleEvent {
  return renew(sample(name), options);
}

/** When the three events of `lifeOf` occur, and what the channel says. */
const life = [
  { name: "message.sent", status: "sent", revision: 2 },
  { name: "message.delivered", status: "delivered", revision: 3 },
  { name: "message.read", status: "read", revision: 4 },
] as const;

/** Time between two of them, in ms; the last one occurs now. */
const stepMs = 1_000;

/** The usual life of one message, in order: sent, delivered, read, on a channel that can tell all three. */
export function lifeOf(messageId: string, { random, now }: FreshWorld): readonly SampleEvent[] {
  const end = now();
  return life.map(({ name, status, revision }, index) => {
    const occurredAt = end - (life.length - 1 - index) * stepMs;
    return renew(readSampleAs(name, status), {
      random,
      now: () => occurredAt,
      entityId: messageId,
      revision,
    });
  });
}

/** The sample of `message.read`, made into an earlier event of the same message. */
function readSampleAs(name: string, status: string): SampleEvent {
  const read = JSON.stringify(sample("message.read"));
  const asStatus = (key: string, value: unknown): unknown => (key === "status" ? status : value);
  return { ...(JSON.parse(read, asStatus) as SampleEvent), name };
}

/** A random UUID, version 4. */
export function freshUuid(random: () => number): string {
  const bytes = Buffer.from(Array.from({ length: 16 }, () => Math.floor(random() * 256)));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function renew(old: SampleEvent, options: FreshOptions): SampleEvent {
  const { random, now } = options;
  const ids = freshIds(old, options);
  const laterMs = now() - Date.parse(old.timestamp);
  const event = mapTexts(old, (text) => {
    if (timePattern.test(text)) return new Date(Date.parse(text) + laterMs).toISOString();
    return ids.reduce((changed, [from, to]) => changed.replaceAll(from, () => to), text);
  }) as SampleEvent;
  return withRevision({ ...event, eventId: freshUuid(random) }, options.revision ?? old.revision);
}

/** Ids of the sample, and what stands in their place. */
function freshIds(old: SampleEvent, options: FreshOptions): readonly (readonly [string, string])[] {
  const { random, entityId } = options;
  const { entity } = families.identify(old);
  const oldId = entity.slice(entity.indexOf(":") + 1);
  const first = [oldId, entityId ?? freshIdLike(oldId, random)] as const;
  const payloadId = old.payload?.["id"];
  // If these differ, the entity is a conversation or chat, and the payload is a message in it.
  if (typeof payloadId !== "string" || payloadId === oldId) return [first];
  return [first, [payloadId, freshUuid(random)]];
}

/** Addresses stay addresses and numbers numbers; all other ids become UUIDs. */
function freshIdLike(old: string, random: () => number): string {
  if (old.includes("@")) return old.replace(/[^@\\]+@/, `${freshUuid(random)}@`);
  return /^\d+$/.test(old) ? old.replace(/\d/g, () => String(Math.floor(random() * 10))) : freshUuid(random);
}

function withRevision(event: SampleEvent, revision: number | undefined): SampleEvent {
  const known = sampleNames.includes(event.name);
  if (revision === undefined || (known && event.revision === undefined)) return event;
  const [family = ""] = event.name.split(".", 1);
  const { id, conversationEventId } = event.payload ?? {};
  const etag = etagFamilies.includes(family) ? { etag: etagOf(family, String(id), revision) } : {};
  if (conversationEventId === undefined) return { ...event, revision, ...etag };
  return { ...event, payload: { ...event.payload, conversationEventId: revision }, revision, ...etag };
}

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, change)]));
}

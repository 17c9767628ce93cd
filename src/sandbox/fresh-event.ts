import { Families } from "../event/entity.ts";
import { isoNow } from "./clock.ts";
import { etagOfEvent } from "./etag.ts";
import { mapLeaves } from "./map-leaves.ts";
import { sample, sampleNames, type SampleEvent } from "./samples.ts";

/** Chance and time come from the caller, so that a seed gives the same events again. */
export interface FreshWorld {
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
  /** Ms since 1970. */
  readonly now: () => number;
  /** The account that the events belong to. Default: that of the samples. */
  readonly accountId?: number;
  /** The API Space that the events belong to. Default: that of the samples. */
  readonly apiSpaceId?: string;
}

export interface FreshOptions extends FreshWorld {
  /** Id of the entity (message, profile, conversation, chat, person). Default: a new one. */
  readonly entityId?: string;
  /** Default: that of the sample. Left out where the sender gives none. */
  readonly revision?: number;
  /** Ids of the sample, and what stands in their place wherever they occur. */
  readonly replace?: Replacements;
}

/** What stands in a sample, and what is written instead. */
export type Replacements = readonly (readonly [from: string, to: string])[];

/** What one event differs in from another. */
export interface EventFields {
  readonly name: string;
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
  readonly profileId?: string | undefined;
  readonly revision?: number | undefined;
}

const families = new Families();

/**
 * A new event like the sample of this name: new event id, new ids of entity and message wherever the sample repeats
 * them, the etag that belongs to them, and all times moved so that the event occurs now.
 */
export function freshEvent(name: string, options: FreshOptions): SampleEvent {
  return renew(sample(name), options);
}

/** A random UUID, version 4. */
export function freshUuid(random: () => number): string {
  const bytes = Buffer.from(Array.from({ length: 16 }, () => Math.floor(random() * 256)));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/**
 * An event as the sender writes it, occurring now: with a new id, and the etag that belongs to the payload's id and the
 * revision where the family has one. Every event of the sandbox is made here.
 */
export function writeEvent(fields: EventFields, world: FreshWorld): SampleEvent {
  const { name, payload, profileId, revision } = fields;
  const { accountId, apiSpaceId } = sample("message.sent");
  const etag = etagOfEvent(fields);
  return {
    eventId: freshUuid(world.random),
    accountId: world.accountId ?? accountId,
    apiSpaceId: world.apiSpaceId ?? apiSpaceId,
    name,
    ...(payload && { payload }),
    ...(profileId !== undefined && { profileId }),
    ...(revision !== undefined && { revision }),
    ...(etag !== undefined && { etag }),
    timestamp: isoNow(world),
  };
}

function renew(old: SampleEvent, options: FreshOptions): SampleEvent {
  const ids = new Map([...freshIds(old, options), ...(options.replace ?? [])]);
  const anyId = new RegExp([...ids.keys()].map((id) => RegExp.escape(id)).join("|"), "g");
  const laterMs = options.now() - Date.parse(old.timestamp);
  const { payload, profileId } = mapLeaves({ payload: old.payload, profileId: old.profileId }, (leaf) => {
    if (typeof leaf === "number") return leaf > firstMs ? leaf + laterMs : leaf;
    if (timePattern.test(leaf)) return new Date(Date.parse(leaf) + laterMs).toISOString();
    return leaf.replace(anyId, (id) => ids.get(id) ?? id);
  }) as Pick<SampleEvent, "payload" | "profileId">;
  const revision = revisionOf(old, options);
  return writeEvent({ name: old.name, payload: inPlace(payload, revision), profileId, revision }, options);
}

/** Left out where the sender gives none; of an unknown name it is not known whether the sender does. */
function revisionOf(old: SampleEvent, { revision = old.revision }: FreshOptions): number | undefined {
  return old.revision === undefined && sampleNames.includes(old.name) ? undefined : revision;
}

/** In a conversation, the revision is also the place in it. */
function inPlace(payload: SampleEvent["payload"], revision: number | undefined): SampleEvent["payload"] {
  return payload?.["conversationEventId"] === undefined
    ? payload
    : { ...payload, conversationEventId: revision };
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

/** A larger number in a sample is a time, in ms since 1970. */
const firstMs = Date.UTC(2020);

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

import { isPlainObject } from "../../lib/plain-object.ts";
import { etagOfEvent } from "../etag.ts";
import { freshEvent, type FreshOptions } from "../fresh-event.ts";
import { mapLeaves } from "../map-leaves.ts";
import type { SampleEvent } from "../samples.ts";
import { isOutbound, messageEvent, newMessage } from "./message.ts";

/**
 * What is to be different in an event. Objects are merged, all else takes the place of what was there; `undefined` leaves
 * a field out.
 */
export type Overrides = Readonly<Record<string, unknown>>;

/**
 * A new event of this name with some fields of one's own, to which the others fit: those of a message are as its channel
 * has them, another `payload.id` stands wherever the id is repeated, the etag belongs to id and revision, and the times of
 * the payload to `timestamp`.
 */
export function eventLike(name: string, overrides: Overrides, options: FreshOptions): SampleEvent {
  const at = Date.parse(String(overrides["timestamp"]));
  const then = { ...options, now: Number.isNaN(at) ? options.now : () => at };
  const channel = channelIn(overrides);
  if (channel === undefined || !isOutbound(name)) return override(freshEvent(name, then), overrides);
  const { entityId, revision } = options;
  const message = newMessage({ channel, ...(entityId !== undefined && { id: entityId }) }, then);
  const all = { ...(revision !== undefined && { revision }), ...overrides };
  return override(messageEvent(name, message, then), all);
}

/** The channel of a message, if it is to be another one. */
export function channelIn({ payload }: Overrides): string | undefined {
  const details = isPlainObject(payload) ? payload["details"] : undefined;
  const channel = isPlainObject(details) ? details["channel"] : undefined;
  return typeof channel === "string" ? channel : undefined;
}

/** The event with some fields of one's own; id and etag stay as they belong together. */
export function override(event: SampleEvent, overrides: Overrides): SampleEvent {
  const { payload } = overrides;
  const id = isPlainObject(payload) ? payload["id"] : undefined;
  const merged = merge(withId(event, id), overrides) as SampleEvent;
  if ("etag" in overrides || event.etag === undefined) return merged;
  const { etag: _, ...rest } = merged;
  const etag = etagOfEvent(merged);
  return etag === undefined ? rest : { ...merged, etag };
}

/** The event with another id of its payload, wherever that is repeated. */
function withId(event: SampleEvent, id: unknown): SampleEvent {
  const old = event.payload?.["id"];
  if (typeof id !== "string" || typeof old !== "string") return event;
  const payload = mapLeaves(event.payload, (leaf) =>
    typeof leaf === "string" ? leaf.replaceAll(old, () => id) : leaf,
  ) as SampleEvent["payload"];
  return { ...event, payload };
}

/** The new value; of two objects the fields of both. */
export function merge(old: unknown, given: unknown): unknown {
  if (!isPlainObject(old) || !isPlainObject(given)) return given;
  const changed = Object.entries(given).map(([key, value]) => [key, merge(old[key], value)] as const);
  const all = new Map([...Object.entries(old), ...changed]);
  return Object.fromEntries([...all].filter(([, value]) => value !== undefined));
}

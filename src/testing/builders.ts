import { randomUUID } from "node:crypto";
import type { EntityKey, StateKey } from "../event/entity.ts";
import type { Envelope, EventId } from "../event/envelope.ts";
import type { Message } from "../event/message.ts";

/** Branded texts may be given as plain ones. */
type Plain<T> = {
  readonly [Key in keyof T]?: [T[Key]] extends [string]
    ? string
    : [T[Key]] extends [string | null]
      ? string | null
      : T[Key];
};

export type EnvelopeFields = Plain<Envelope>;
export type MessageFields = Plain<Message>;

/**
 * An event for a test: `message.delivered`, revision 1, of an entity that no other event has. Say only what matters.
 * The body is the JSON of the other fields, as the sender writes it.
 *
 * @example
 * ```ts
 * const [older, newer] = [1, 2].map((revision) => anEnvelope({ revision, entity: "message:42" }));
 * ```
 */
export function anEnvelope(fields: EnvelopeFields = {}): Envelope {
  const entity = (fields.entity ?? `message:${randomUUID()}`) as EntityKey;
  const event = {
    eventId: (fields.eventId ?? randomUUID()) as EventId,
    name: fields.name ?? "message.delivered",
    entity,
    state: (fields.state === undefined ? entity : fields.state) as StateKey | null,
    revision: fields.revision === undefined ? 1 : fields.revision,
    occurredAt: fields.occurredAt === undefined ? Date.UTC(2026, 0, 1) : fields.occurredAt,
    accountId: fields.accountId === undefined ? 39270 : fields.accountId,
    apiSpaceId: fields.apiSpaceId === undefined ? "9a5d2c1e-0000-4000-8000-000000000001" : fields.apiSpaceId,
  };
  return { ...event, body: fields.body ?? bodyOf(event) };
}

/** An event on its way, received now; no other message has the same copy. */
export function aMessage(fields: MessageFields = {}): Message {
  return {
    ...anEnvelope(fields),
    receivedAt: fields.receivedAt ?? Date.now(),
    copy: fields.copy ?? randomUUID(),
    replay: fields.replay ?? false,
  };
}

function bodyOf(event: Omit<Envelope, "body">): Uint8Array {
  const json = JSON.stringify({
    eventId: event.eventId,
    accountId: event.accountId,
    apiSpaceId: event.apiSpaceId,
    name: event.name,
    payload: { id: event.entity.slice(event.entity.indexOf(":") + 1) },
    revision: event.revision,
    timestamp: event.occurredAt === null ? null : new Date(event.occurredAt).toISOString(),
  });
  return new TextEncoder().encode(json);
}

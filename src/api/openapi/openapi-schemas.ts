import { eventStatuses } from "../../event/synthetic.ts";
import { mostItems } from "../../ledger/ledger.ts";
import { statuses } from "../../ledger/record.ts";
import { mostMessageId } from "../missed-statuses.ts";
import { mostIds } from "../replay-request.ts";

/** A JSON Schema (2020-12) of the document. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

export const schemaRef = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const time: Schema = {
  type: "string",
  description: "ISO 8601, UTC.",
  examples: ["2026-07-01T09:30:00.000Z"],
};
const textOrNull = (description: string): Schema => ({ type: ["string", "null"], description });
const count = (description: string): Schema => ({ type: "integer", minimum: 0, description });

/** A closed object: every field is required, and no other may be there. */
function object(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

const record: Readonly<Record<string, Schema>> = {
  eventId: { type: "string", description: "The sender's id of the event.", examples: ["e1"] },
  name: { type: "string", examples: ["message.delivered"] },
  entity: {
    type: "string",
    description: "What the revision counts for, `family:id`.",
    examples: ["message:7b1d9e04-3f3c-4c1c-9a52-0d5f6a1c2b33"],
  },
  revision: { type: ["integer", "null"], minimum: 0, description: "Position in the entity's sequence." },
  status: schemaRef("EventStatus"),
  attempts: count("How often a handler was run for it."),
  deliveries: { type: "integer", minimum: 1, description: "1, and one more for each duplicate." },
  conflict: {
    type: "boolean",
    description: "Another event with the same state and revision was handled before.",
  },
  receivedAt: time,
  occurredAt: textOrNull("When the sender says that it occurred."),
  settledAt: textOrNull("When it became handled, obsolete or dead."),
  error: textOrNull("Why the newest attempt failed."),
  accountId: { type: ["integer", "number", "string", "null"] },
  apiSpaceId: { type: ["string", "null"] },
  synthetic: {
    type: "boolean",
    description: "Hookwell queued it in place of an event that never arrived.",
  },
};

const attempt: Schema = object({
  attempt: { type: "integer", minimum: 1, description: "1 for the first." },
  startedAt: time,
  endedAt: time,
  outcome: { enum: ["handled", "failed"] },
  error: { type: ["string", "null"] },
});

const quarantineRecord: Schema = object({
  id: { type: "string" },
  receivedAt: time,
  kind: {
    enum: ["unsigned", "mismatch", "malformed", "unusable"],
    description:
      "No signature; a signature of no active secret; not JSON; an event without `eventId` or `name`.",
  },
  reason: { type: "string", description: "A sentence." },
  bytes: count("Length of the body in bytes."),
  headers: {
    type: "object",
    additionalProperties: { type: "string" },
    description: "Headers of the request, lower case; credentials are left out.",
  },
});

const seen: Readonly<Record<string, Schema>> = { count: count("How many events."), firstSeenAt: time };

const orNull = (schema: Schema, part: string): Schema => ({
  anyOf: [schema, { type: "null" }],
  description: `null if the ${part} does not answer now.`,
});

const page = (item: string): Schema =>
  object({
    items: { type: "array", items: schemaRef(item), maxItems: mostItems },
    next: { type: ["string", "null"], description: "`cursor` of the next page; null at the end." },
  });

const moment = (description: string): Schema => ({
  type: "string",
  minLength: 1,
  description: `${description} ISO 8601 with its zone (a date alone is midnight UTC), or a span back from now: \`90s\`, \`15m\`, \`24h\`, \`7d\`, \`2w\`.`,
  examples: ["24h", "2026-07-01T09:30:00Z"],
});

/** Conditions of lists and replays; all must hold. */
export const conditions: Readonly<Record<"entity" | "name" | "since" | "until" | "text", Schema>> = {
  entity: { type: "string", minLength: 1, examples: ["message:7b1d9e04-3f3c-4c1c-9a52-0d5f6a1c2b33"] },
  name: {
    type: "string",
    minLength: 1,
    description: "A full name, or a prefix with a star.",
    examples: ["message.failed", "message.*"],
  },
  since: moment("Only events received at or after this time."),
  until: moment("Only events received before this time."),
  text: { type: "string", minLength: 1, description: "Only events with this text in the body or the error." },
};

/** `components.schemas` of the document. */
export const schemas: Readonly<Record<string, Schema>> = {
  EventStatus: {
    enum: [...statuses],
    description:
      "On its way; failed and to be tried again; handled; older than what was handled before; failed for good.",
  },
  EventRecord: object(record),
  EventPage: page("EventRecord"),
  Attempt: attempt,
  EventResponse: object({
    ...record,
    attemptLog: { type: "array", items: schemaRef("Attempt") },
    body: {
      type: "object",
      description: "The event as received: every number and the order of keys as sent.",
    },
  }),
  EntityResponse: object({
    entity: { type: "string" },
    latest: schemaRef("EventRecord"),
    events: {
      type: "array",
      items: schemaRef("EventRecord"),
      minItems: 1,
      maxItems: mostItems,
      description: "Ordered by revision.",
    },
  }),
  MissedStatus: {
    type: "object",
    properties: {
      messageId: { type: "string", minLength: 1, maxLength: mostMessageId },
      status: { enum: [...eventStatuses] },
      timestamp: { ...time, description: "When the message got this status, ISO 8601; without it, now." },
      channel: { type: "string", minLength: 1, examples: ["sms"] },
      details: { type: "object", description: "Becomes the event's `payload.details`." },
      metadata: { type: "object", description: "What was given when the message was sent." },
      accountId: { type: ["integer", "string"] },
      apiSpaceId: { type: "string" },
    },
    required: ["messageId", "status"],
    additionalProperties: false,
  },
  QueuedResponse: object({
    queued: count("Synthetic events on their way; those that are known already become duplicates."),
  }),
  ReplayAccepted: object({ eventId: { type: "string" }, status: { const: "pending" } }),
  ReplayRequest: {
    type: "object",
    properties: {
      ...conditions,
      eventIds: {
        type: "array",
        items: { type: "string" },
        minItems: 1,
        maxItems: mostIds,
        description: "Only these events.",
      },
      dryRun: { type: "boolean", default: false, description: "Count, but replay nothing." },
    },
    additionalProperties: false,
  },
  ReplayResponse: {
    ...object({
      matched: count("Dead letters that matched."),
      replayed: count("How many of them are on their way again."),
      missing: {
        type: "array",
        items: { type: "string" },
        description: "If `eventIds` named some: those of no dead letter that matches.",
      },
    }),
    required: ["matched", "replayed"],
  },
  QuarantineRecord: quarantineRecord,
  QuarantinePage: page("QuarantineRecord"),
  RecheckResponse: object({
    checked: count("Requests that were checked again."),
    accepted: count("How many of them verified and went to the queue."),
  }),
  StatsResponse: object({
    queue: orNull(
      object({
        depth: count("Messages that were received and are not settled yet."),
        oldestAgeMs: {
          type: "number",
          minimum: 0,
          description: "Age of the oldest message in ms; 0 if there is none.",
        },
        spilled: count("Part of the depth: messages that wait on this machine for the queue server."),
        isAway: {
          type: "boolean",
          description:
            "The queue server does not report all that it holds, so more may wait than the depth says.",
        },
      }),
      "queue",
    ),
    events: orNull(
      object(Object.fromEntries(statuses.map((status) => [status, count("Events with this status.")]))),
      "ledger",
    ),
    duplicates: orNull(count("Repeats that were dropped."), "ledger"),
    quarantine: orNull(count("Requests in the quarantine."), "quarantine"),
    secrets: orNull({ type: "array", items: schemaRef("SecretUse") }, "quarantine"),
    drift: {
      anyOf: [schemaRef("DriftReport"), { type: "null" }],
      description: "null if this process handles no events.",
    },
  }),
  DriftReport: {
    ...object({
      unknownNames: { type: "array", items: object({ name: { type: "string" }, ...seen }) },
      unlike: {
        type: "array",
        items: object({
          name: { type: "string" },
          path: { type: "string", examples: ["payload.details.channel"] },
          message: { type: "string", examples: ["is missing"] },
          ...seen,
        }),
      },
      others: object({
        unknownNames: count("Sightings of further unknown names."),
        unlike: count("Sightings of further paths."),
      }),
    }),
    description:
      "In what events are not as their schemas say, since this process started: at most 100 unknown names and 100 paths. Of each known name, at most one event a second is looked at.",
  },
  EnginesResponse: object({
    queue: orNull(schemaRef("EngineReport"), "queue"),
    ledger: orNull(schemaRef("EngineReport"), "ledger"),
  }),
  EngineReport: object({
    engine: { type: "string", description: "Name and version." },
    durability: {
      type: "string",
      description: "Which failures an accepted event survives, in one sentence.",
    },
    warnings: {
      type: "array",
      items: { type: "string" },
      description: "What an operator should change, one sentence each; how to do so may follow it.",
    },
  }),
  SecretUse: object({
    name: { type: "string" },
    hits: count("Requests signed with this secret."),
    lastUsedAt: textOrNull("When it last verified a request."),
  }),
  ErrorResponse: object({
    error: object({
      code: { type: "string", description: "Never changes; made for programs.", examples: ["BAD_REQUEST"] },
      message: { type: "string", description: "What to do, for people." },
    }),
  }),
};

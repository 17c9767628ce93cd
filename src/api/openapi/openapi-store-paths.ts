import {
  conditionsInQuery,
  eventId,
  inBytes,
  inJson,
  paging,
  problem,
  segment,
  usual,
  wrong,
  type Paths,
} from "./openapi-operation.ts";
import { schemaRef } from "./openapi-schemas.ts";

const quarantineId = segment("id", "Id in the quarantine.");

/** The calls about dead letters, the quarantine and the numbers. */
export const storePaths: Paths = {
  "/api/v1/dead-letters": {
    get: {
      operationId: "listDeadLetters",
      tags: ["dead letters"],
      summary: "Events whose handler failed for good, newest first",
      parameters: [...conditionsInQuery, ...paging],
      responses: { "200": inJson("A page.", "EventPage"), ...usual },
    },
  },
  "/api/v1/dead-letters/replay": {
    post: {
      operationId: "replayDeadLetters",
      tags: ["dead letters"],
      summary: "Handle dead letters again",
      description:
        "Those that match every condition, the oldest first; `{}` means all. A call that failed half way may be sent again: what it has replayed is no longer a dead letter.",
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: schemaRef("ReplayRequest"),
            example: { name: "message.failed", since: "24h", dryRun: true },
          },
        },
      },
      responses: {
        "200": inJson("How many.", "ReplayResponse", { matched: 3, replayed: 0 }),
        ...usual,
        "413": problem("The body is larger than 1 MiB."),
      },
    },
  },
  "/api/v1/dead-letters/{eventId}": {
    delete: {
      operationId: "removeDeadLetter",
      tags: ["dead letters"],
      summary: "Remove a dead letter for good",
      parameters: [eventId],
      responses: {
        "204": { description: "It is gone." },
        ...usual,
        "404": problem("No dead letter has this id."),
      },
    },
  },
  "/api/v1/quarantine": {
    get: {
      operationId: "listQuarantine",
      tags: ["quarantine"],
      summary: "Requests that could not be accepted, newest first",
      parameters: [...paging],
      responses: { "200": inJson("A page.", "QuarantinePage"), ...usual },
    },
  },
  "/api/v1/quarantine/recheck": {
    post: {
      operationId: "recheckQuarantine",
      tags: ["quarantine"],
      summary: "Check all refused requests again, for instance after a secret was added",
      responses: {
        "200": inJson("How many.", "RecheckResponse", { checked: 12, accepted: 12 }),
        ...usual,
      },
    },
  },
  "/api/v1/quarantine/{id}": {
    delete: {
      operationId: "removeFromQuarantine",
      tags: ["quarantine"],
      summary: "Remove a request for good",
      parameters: [quarantineId],
      responses: {
        "204": { description: "It is gone." },
        ...usual,
        "404": problem("No request in the quarantine has this id."),
      },
    },
  },
  "/api/v1/quarantine/{id}/body": {
    get: {
      operationId: "downloadFromQuarantine",
      tags: ["quarantine"],
      summary: "The exact bytes of the refused body",
      parameters: [quarantineId],
      responses: {
        "200": inBytes("application/octet-stream"),
        ...usual,
        "404": problem("No request in the quarantine has this id."),
      },
    },
  },
  "/api/v1/stats": {
    get: {
      operationId: "showStats",
      tags: ["statistics"],
      summary: "How many messages wait, and how events ended",
      description:
        "A number that a part does not give within 5 s is null; those of the other parts are given all the same.",
      responses: {
        "200": inJson("The numbers now.", "StatsResponse", {
          queue: { depth: 4, oldestAgeMs: 120, spilled: 0, isAway: false },
          events: { pending: 1, retrying: 2, handled: 14031, obsolete: 87, dead: 3 },
          duplicates: 201,
          quarantine: 12,
          secrets: [{ name: "default", hits: 14122, lastUsedAt: "2026-07-01T09:30:00.000Z" }],
          drift: {
            unknownNames: [{ name: "session.start", count: 3, firstSeenAt: "2026-07-01T09:12:00.000Z" }],
            unlike: [],
            others: { unknownNames: 0, unlike: 0 },
          },
        }),
        ...usual,
      },
    },
  },
  "/api/v1/engines": {
    get: {
      operationId: "showEngines",
      tags: ["statistics"],
      summary: "What the queue and the ledger are, and which failures their data survives",
      description: "One that does not answer within 1.5 s is null; the other one is described all the same.",
      responses: {
        "200": inJson("The engines in use.", "EnginesResponse", {
          queue: {
            engine: "RabbitMQ 4.0.5",
            durability: "Confirmed by a quorum queue.",
            warnings: [],
          },
          ledger: {
            engine: "PostgreSQL 15.20",
            durability: "Each commit is on the disk of the server.",
            warnings: ["fsync is off: a power cut can lose events and damage the database."],
          },
        }),
        ...usual,
      },
    },
  },
  "/api/schemas/{name}": {
    get: {
      operationId: "showSchema",
      tags: ["contracts"],
      summary: "The JSON Schema of an event",
      parameters: [
        segment("name", "An event name such as `message.sent`, or `events` for that of any event."),
      ],
      security: [],
      responses: {
        "200": {
          description: "JSON Schema 2020-12, complete in itself.",
          content: { "application/schema+json": { schema: { type: "object" } } },
        },
        "400": wrong,
        "404": problem("There is no such schema; the message names those that there are."),
      },
    },
  },
  "/api/asyncapi.json": {
    get: {
      operationId: "showAsyncApi",
      tags: ["contracts"],
      summary: "How events come, and how other programs get a copy of each",
      security: [],
      responses: {
        "200": {
          description: "AsyncAPI 3; its schema of the events is `/api/schemas/events`.",
          content: { "application/json": { schema: { type: "object" } } },
        },
        "400": wrong,
      },
    },
  },
  "/api/openapi.json": {
    get: {
      operationId: "showOpenApi",
      tags: ["contracts"],
      summary: "This document",
      security: [],
      responses: {
        "200": {
          description: "OpenAPI 3.1.",
          content: { "application/json": { schema: { type: "object" } } },
        },
        "400": wrong,
      },
    },
  },
};

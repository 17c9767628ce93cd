import { mostItems } from "../../ledger/ledger.ts";
import {
  conditionsInQuery,
  eventId,
  inBytes,
  inJson,
  inQuery,
  limit,
  paging,
  problem,
  segment,
  status,
  usual,
  type Paths,
} from "./openapi-operation.ts";
import { mostStatuses } from "../missed-statuses.ts";
import { conditions, schemaRef } from "./openapi-schemas.ts";

const exampleRecord = {
  eventId: "0f1e2d3c-4b5a-4697-8877-665544332211",
  name: "message.delivered",
  entity: "message:7b1d9e04-3f3c-4c1c-9a52-0d5f6a1c2b33",
  revision: 2,
  status: "handled",
  attempts: 1,
  deliveries: 1,
  conflict: false,
  receivedAt: "2026-07-01T09:30:00.000Z",
  occurredAt: "2026-07-01T09:29:58.210Z",
  settledAt: "2026-07-01T09:30:00.012Z",
  error: null,
  accountId: 12345,
  apiSpaceId: "00000000-0000-4000-8000-000000000001",
  synthetic: false,
};

/** The calls about events and entities. */
export const eventPaths: Paths = {
  "/api/v1/events": {
    get: {
      operationId: "listEvents",
      tags: ["events"],
      summary: "Events, newest first",
      parameters: [...conditionsInQuery, status, ...paging],
      responses: {
        "200": inJson("A page. It may be short and still have a `next`.", "EventPage", {
          items: [exampleRecord],
          next: null,
        }),
        ...usual,
      },
    },
    post: {
      operationId: "queueMissedStatuses",
      tags: ["events"],
      summary: "Queue events that never arrived",
      description:
        "Each status becomes an event `message.<status>`, handled like those of the sender and marked `synthetic`. Its id is `reconciled:<messageId>:<status>`, so the same status again is a duplicate. It has no revision: it makes nothing obsolete.",
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: {
              oneOf: [
                schemaRef("MissedStatus"),
                { type: "array", items: schemaRef("MissedStatus"), minItems: 1, maxItems: mostStatuses },
              ],
            },
            example: [
              {
                messageId: "7b1d9e04-3f3c-4c1c-9a52-0d5f6a1c2b33",
                status: "delivered",
                timestamp: "2026-07-01T09:29:58.210Z",
                channel: "sms",
              },
            ],
          },
        },
      },
      responses: {
        "202": inJson("They are on their way.", "QueuedResponse", { queued: 1 }),
        ...usual,
        "413": problem("The body is larger than 1 MiB."),
      },
    },
  },
  "/api/v1/events/{eventId}": {
    get: {
      operationId: "showEvent",
      tags: ["events"],
      summary: "One event with its body and attempts",
      parameters: [eventId],
      responses: {
        "200": inJson("The event.", "EventResponse", {
          ...exampleRecord,
          attemptLog: [
            {
              attempt: 1,
              startedAt: "2026-07-01T09:30:00.004Z",
              endedAt: "2026-07-01T09:30:00.012Z",
              outcome: "handled",
              error: null,
            },
          ],
          body: { eventId: exampleRecord.eventId, name: exampleRecord.name, revision: 2, payload: {} },
        }),
        ...usual,
        "404": problem("No event has this id."),
      },
    },
  },
  "/api/v1/events/{eventId}/body": {
    get: {
      operationId: "downloadEvent",
      tags: ["events"],
      summary: "The exact bytes of the event",
      parameters: [eventId],
      responses: {
        "200": inBytes("application/json"),
        ...usual,
        "404": problem("No event has this id."),
      },
    },
  },
  "/api/v1/events/{eventId}/replay": {
    post: {
      operationId: "replayEvent",
      tags: ["events"],
      summary: "Handle an event again, or now",
      description:
        "Runs its handler again, unless a newer revision of the same state was handled: then it becomes obsolete. An event that waits for its next attempt is tried now. For one that is already on its way, nothing changes.",
      parameters: [eventId],
      responses: {
        "202": inJson("It is on its way.", "ReplayAccepted", {
          eventId: exampleRecord.eventId,
          status: "pending",
        }),
        ...usual,
        "404": problem("No event has this id."),
      },
    },
  },
  "/api/v1/entities/{entity}": {
    get: {
      operationId: "showEntity",
      tags: ["events"],
      summary: "The timeline of an entity",
      parameters: [segment("entity", "Such as `message:7b1d9e04-…`."), limit(mostItems)],
      responses: {
        "200": inJson("At most `limit` of the newest events, ordered by revision.", "EntityResponse"),
        ...usual,
        "404": problem("No event of this entity is known."),
      },
    },
  },
  "/api/v1/stream": {
    get: {
      operationId: "streamEvents",
      tags: ["events"],
      summary: "Events as they change, as Server-Sent Events",
      description:
        "Each has the type `event`, the id of the change, and an EventRecord in JSON as its data. Begins with the next change, or after `Last-Event-ID`. A comment comes after 15 s of silence.",
      parameters: [
        inQuery("name", conditions.name),
        inQuery("entity", conditions.entity),
        status,
        inQuery("lastEventId", { type: "string", description: "For clients that cannot set the header." }),
        { name: "Last-Event-ID", in: "header", schema: { type: "string", pattern: "^[0-9]+$" } },
      ],
      responses: {
        "200": {
          description: "The stream; it lasts until one side ends it.",
          content: { "text/event-stream": { schema: { type: "string" } } },
        },
        ...usual,
        "503": problem("The ledger cannot be read now, or 100 streams are open already."),
      },
    },
  },
};

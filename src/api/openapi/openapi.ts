import { eventPaths } from "./openapi-event-paths.ts";
import type { Paths } from "./openapi-operation.ts";
import { schemas, type Schema } from "./openapi-schemas.ts";
import { storePaths } from "./openapi-store-paths.ts";

interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly paths: Paths;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
}

/** What `GET /api/openapi.json` answers. A test holds it against the routes, another against real answers. */
export const openApiDocument: OpenApiDocument = {
  openapi: "3.1.0",
  info: {
    title: "Hookwell",
    version: "1",
    description:
      "What was received, what became of it, and the few commands on it. Times are ISO 8601 in UTC. Lists have a `limit` and a `cursor`. HEAD works where GET does.",
  },
  tags: [
    { name: "events", description: "Every event that was received and taken from the queue." },
    {
      name: "dead letters",
      description: "Events whose handler failed for good. They stay until replayed or removed.",
    },
    {
      name: "quarantine",
      description:
        "Requests that could not be accepted. They stay until one is accepted or removed, or room is needed for newer ones.",
    },
    { name: "statistics", description: "Numbers." },
    {
      name: "contracts",
      description: "What events and this API look like, for programs; without the token.",
    },
  ],
  security: [{ token: [] }],
  paths: { ...eventPaths, ...storePaths },
  components: {
    schemas,
    securitySchemes: {
      token: {
        type: "http",
        scheme: "bearer",
        description: "HOOKWELL_TOKEN, or the content of the file `token` in the data folder.",
      },
    },
  },
};

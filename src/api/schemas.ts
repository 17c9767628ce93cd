import { isSchemaName, publishedAsyncApi, publishedSchema, schemaNames } from "../schema/published.ts";
import { bytes, failure, json } from "./answer.ts";
import { quoted } from "./request-error.ts";
import type { Route } from "./router.ts";

/** The published contracts of the events. */
export const schemaRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/api/schemas/{name}",
    query: [],
    run: async (call) => {
      const name = call.segment("name");
      if (!isSchemaName(name)) return failure(404, "NO_SUCH_SCHEMA", noSchema(name));
      return json(publishedSchema(name), 200, { "content-type": "application/schema+json" });
    },
  },
  {
    method: "GET",
    path: "/api/asyncapi.json",
    query: [],
    run: async () => bytes(Buffer.from(publishedAsyncApi()), { "content-type": "application/json" }),
  },
];

const noSchema = (name: string): string =>
  `There is no schema ${quoted(name)}; there are ${schemaNames.join(", ")}.`;

import { bytes, empty, failure, json } from "./answer.ts";
import type { ApiParts } from "./parts.ts";
import { pageKeys, pageOf } from "./query.ts";
import type { Call, Route } from "./router.ts";

export function quarantineRoutes({ quarantine }: ApiParts): readonly Route[] {
  return [
    { method: "GET", path: "/api/v1/quarantine", query: pageKeys, run: list },
    { method: "POST", path: "/api/v1/quarantine/recheck", query: [], run: recheck },
    { method: "GET", path: "/api/v1/quarantine/{id}/body", query: [], run: body },
    { method: "DELETE", path: "/api/v1/quarantine/{id}", query: [], run: remove },
  ];

  async function list({ query }: Call): Promise<Response> {
    return json(await pageOf(query, (limit, cursor) => quarantine.list(limit, cursor)));
  }

  async function recheck(): Promise<Response> {
    return json(await quarantine.recheck());
  }

  async function body(call: Call): Promise<Response> {
    const refused = await quarantine.body(call.segment("id"));
    if (refused === undefined) return noRequest();
    // Anyone on the internet may have sent these bytes, so no browser may show them as a page.
    const headers = { "content-type": "application/octet-stream", "content-disposition": "attachment" };
    return bytes(refused, headers);
  }

  async function remove(call: Call): Promise<Response> {
    return (await quarantine.remove(call.segment("id"))) ? empty() : noRequest();
  }
}

function noRequest(): Response {
  return failure(404, "NOT_FOUND", "No request in the quarantine has this id.");
}

import { empty, failure, json } from "./answer.ts";
import type { ApiParts } from "./parts.ts";
import { conditionKeys, filterOf, pageKeys, pageOf } from "./query.ts";
import { readReplayRequest } from "./replay-request.ts";
import type { Replays } from "./replays.ts";
import type { Call, Route } from "./router.ts";

export function deadLetterRoutes(parts: ApiParts, replays: Replays): readonly Route[] {
  return [
    { method: "GET", path: "/api/v1/dead-letters", query: [...conditionKeys, ...pageKeys], run: list },
    { method: "POST", path: "/api/v1/dead-letters/replay", query: [], run: replay },
    { method: "DELETE", path: "/api/v1/dead-letters/{eventId}", query: [], run: remove },
  ];

  async function list({ query }: Call): Promise<Response> {
    const filter = { ...filterOf(query, parts.now()), status: "dead" as const };
    return json(await pageOf(query, (limit, cursor) => parts.ledger.list(filter, limit, cursor)));
  }

  async function replay({ request }: Call): Promise<Response> {
    const order = await readReplayRequest(request, parts.now());
    return json(await replays.many(order));
  }

  async function remove(call: Call): Promise<Response> {
    const removed = await parts.ledger.removeDead(call.segment("eventId"));
    return removed ? empty() : failure(404, "NOT_FOUND", "No dead letter has this id.");
  }
}

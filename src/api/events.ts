import { isUtf8 } from "node:buffer";
import { bomLength } from "../event/splitter.ts";
import { asBuffer } from "../lib/as-buffer.ts";
import { bytes, failure, json } from "./answer.ts";
import type { ApiParts } from "./parts.ts";
import { filterKeys, filterOf, pageKeys, pageOf } from "./query.ts";
import type { Replays } from "./replays.ts";
import type { Call, Route } from "./router.ts";

export function eventRoutes(parts: ApiParts, replays: Replays): readonly Route[] {
  return [
    { method: "GET", path: "/api/v1/events", query: [...filterKeys, ...pageKeys], run: list },
    { method: "GET", path: "/api/v1/events/{eventId}", query: [], run: show },
    { method: "GET", path: "/api/v1/events/{eventId}/body", query: [], run: body },
    { method: "POST", path: "/api/v1/events/{eventId}/replay", query: [], run: replay },
  ];

  async function list({ query }: Call): Promise<Response> {
    const filter = filterOf(query, parts.now());
    return json(await pageOf(query, (limit, cursor) => parts.ledger.list(filter, limit, cursor)));
  }

  async function show(call: Call): Promise<Response> {
    const eventId = call.segment("eventId");
    const [detail, received] = await Promise.all([parts.ledger.get(eventId), parts.ledger.body(eventId)]);
    if (detail === undefined || received === undefined) return noEvent();
    return bytes(withBody(detail, received), { "content-type": "application/json" });
  }

  async function body(call: Call): Promise<Response> {
    const received = await parts.ledger.body(call.segment("eventId"));
    if (received === undefined) return noEvent();
    return bytes(received, { "content-type": "application/json", "content-disposition": "attachment" });
  }

  async function replay(call: Call): Promise<Response> {
    const eventId = call.segment("eventId");
    return (await replays.one(eventId)) ? json({ eventId, status: "pending" }, 202) : noEvent();
  }
}

function noEvent(): Response {
  return failure(
    404,
    "NOT_FOUND",
    "No event has this id. It may still wait in the queue, or is older than the retention.",
  );
}

/**
 * The detail as JSON with `body` at its end. The body is put in as it was received, not parsed and printed, so that
 * no number loses precision and no key moves.
 */
function withBody(detail: object, received: Uint8Array): Uint8Array {
  return Buffer.concat([
    Buffer.from(JSON.stringify(detail).slice(0, -1)),
    Buffer.from(',"body":'),
    asJsonText(received),
    Buffer.from("}"),
  ]);
}

/**
 * An event as UTF-8 JSON text. That it is JSON was checked when it was received; but that check passes over a byte
 * order mark and bytes that are not UTF-8, which must not stand inside an answer.
 */
function asJsonText(received: Uint8Array): Uint8Array {
  const text = asBuffer(received).subarray(bomLength(received));
  return isUtf8(text) ? text : Buffer.from(text.toString("utf8"));
}

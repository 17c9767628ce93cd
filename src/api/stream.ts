import { matches } from "../event/pattern.ts";
import type { EventRecord } from "../ledger/record.ts";
import { failure, streamed } from "./answer.ts";
import { changeStream } from "./change-stream.ts";
import type { ApiParts } from "./parts.ts";
import { nameOf, statusOf, type Query } from "./query.ts";
import { RequestError } from "./request-error.ts";
import type { Call, Route } from "./router.ts";

/** Each open stream holds a connection and reads from the ledger. */
const mostStreams = 100;

export function streamRoutes(parts: ApiParts): readonly Route[] {
  const { ledger, log, stopping } = parts;
  let open = 0;
  return [{ method: "GET", path: "/api/v1/stream", query: ["name", "entity", "status", "lastEventId"], run }];

  async function run({ request, query }: Call): Promise<Response> {
    const wants = conditionOf(query);
    const seen = lastSeen(request, query);
    if (open >= mostStreams) {
      const message = `${mostStreams} streams are open already; end one of them.`;
      return failure(503, "TOO_MANY_STREAMS", message, { "retry-after": "10" });
    }
    open += 1;
    const onEnd = (): void => void (open -= 1);
    try {
      const newest = await ledger.latestChange();
      // An id above the newest is of another ledger; waiting for it could last for ever.
      const after = Math.min(seen ?? newest, newest);
      const signals = stopping === undefined ? [request.signal] : [request.signal, stopping];
      return streamed(changeStream({ ledger, after, wants, signals, log, onEnd }));
    } catch (error) {
      onEnd();
      throw error;
    }
  }
}

function conditionOf(query: Query): (record: EventRecord) => boolean {
  const [name, entity, status] = [nameOf(query) ?? "*", query.get("entity"), statusOf(query)];
  return (record) =>
    matches(name, record.name) &&
    (entity === undefined || record.entity === entity) &&
    (status === undefined || record.status === status);
}

/** The header wins: a browser that comes back sends it along with the query of the first time. */
function lastSeen(request: Request, query: Query): number | undefined {
  const text = request.headers.get("last-event-id") ?? query.get("lastEventId");
  if (text === undefined) return undefined;
  const id = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(id)) return id;
  throw new RequestError(
    "`Last-Event-ID` must be the id of an event of this stream; leave it out to begin with the next change.",
  );
}

import { mostItems } from "../ledger/ledger.ts";
import type { EventRecord } from "../ledger/record.ts";
import { failure, json } from "./answer.ts";
import type { EntityResponse } from "./contract.ts";
import type { ApiParts } from "./parts.ts";
import { limitOf } from "./query.ts";
import type { Call, Route } from "./router.ts";

export function entityRoutes({ ledger }: ApiParts): readonly Route[] {
  return [{ method: "GET", path: "/api/v1/entities/{entity}", query: ["limit"], run: show }];

  async function show(call: Call): Promise<Response> {
    const entity = call.segment("entity");
    const limit = limitOf(call.query, mostItems);
    const events = await ledger.timeline(entity);
    const latest = latestOf(events);
    if (latest === undefined) {
      return failure(404, "NOT_FOUND", "No event of this entity is known. Entities are written `family:id`.");
    }
    const answer: EntityResponse = { entity, latest, events: newestOf(events, limit) };
    return json(answer);
  }
}

/** The newest by receipt, in the order of the list; of those received at the same moment, the last in that order. */
function newestOf(events: readonly EventRecord[], limit: number): readonly EventRecord[] {
  const byReceipt = events.toSorted((a, b) => Date.parse(a.receivedAt) - Date.parse(b.receivedAt));
  const newest = new Set(byReceipt.slice(-limit));
  return events.filter((event) => newest.has(event));
}

/** The handled event with the highest revision, else the newest by receipt; of equals the one that came last. */
export function latestOf(events: readonly EventRecord[]): EventRecord | undefined {
  let highest: EventRecord | undefined;
  let newest: EventRecord | undefined;
  for (const event of events) {
    if (newest === undefined || event.receivedAt >= newest.receivedAt) newest = event;
    if (event.status !== "handled" || event.revision === null) continue;
    if (highest === undefined || event.revision >= (highest.revision ?? -1)) highest = event;
  }
  return highest ?? newest;
}

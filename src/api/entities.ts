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
    const events = inOrder(await ledger.timeline(entity));
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

/**
 * By revision, as the ledger tells it, but with each synthetic event, which has none, behind what occurred before it.
 */
export function inOrder(events: readonly EventRecord[]): readonly EventRecord[] {
  const ordered = events.filter(({ synthetic }) => !synthetic);
  for (const event of events.filter(({ synthetic }) => synthetic)) {
    const before = ordered.findLastIndex(({ occurredAt }) => timeOf(occurredAt) <= timeOf(event.occurredAt));
    ordered.splice(before + 1, 0, event);
  }
  return ordered;
}

const timeOf = (moment: string | null): number => (moment === null ? -Infinity : Date.parse(moment));

/**
 * The last handled event that has a revision or is synthetic, else the newest by receipt; of those that came together
 * the last.
 *
 * @param events in their order
 */
export function latestOf(events: readonly EventRecord[]): EventRecord | undefined {
  const last = events.findLast(
    ({ status, revision, synthetic }) => status === "handled" && (revision !== null || synthetic),
  );
  if (last !== undefined) return last;
  return events.reduce<EventRecord | undefined>(
    (newest, event) => (newest === undefined || event.receivedAt >= newest.receivedAt ? event : newest),
    undefined,
  );
}

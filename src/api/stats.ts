import { json } from "./answer.ts";
import type { StatsResponse } from "./contract.ts";
import type { ApiParts } from "./parts.ts";
import type { Route } from "./router.ts";

export function statsRoutes(parts: ApiParts): readonly Route[] {
  return [{ method: "GET", path: "/api/v1/stats", query: [], run: async () => json(await stats(parts)) }];
}

async function stats(parts: ApiParts): Promise<StatsResponse> {
  const [{ messages, oldestAgeMs, spilled = 0, isAway = false }, quarantine, secrets] = await Promise.all([
    parts.queue.depth(),
    parts.quarantine.count(),
    parts.secretUse(),
  ]);
  // Last, since an outcome is written before the queue forgets the event: who sees an empty queue sees all outcomes.
  const ledger = await parts.ledger.stats();
  return {
    queue: { depth: messages, oldestAgeMs, spilled, isAway },
    events: ledger.events,
    duplicates: ledger.duplicates,
    quarantine,
    secrets,
  };
}

import { json } from "./answer.ts";
import type { StatsResponse } from "./contract.ts";
import type { ApiParts } from "./parts.ts";
import type { Route } from "./router.ts";

export function statsRoutes(parts: ApiParts): readonly Route[] {
  return [{ method: "GET", path: "/api/v1/stats", query: [], run: async () => json(await stats(parts)) }];
}

async function stats(parts: ApiParts): Promise<StatsResponse> {
  const [depth, ledger, quarantine, secrets] = await Promise.all([
    parts.queue.depth(),
    parts.ledger.stats(),
    parts.quarantine.count(),
    parts.secretUse(),
  ]);
  return {
    queue: { depth: depth.messages, oldestAgeMs: depth.oldestAgeMs, spilled: depth.spilled ?? 0 },
    events: ledger.events,
    duplicates: ledger.duplicates,
    quarantine,
    secrets,
  };
}

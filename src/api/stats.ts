import type { QueueDepth } from "../queue/driver.ts";
import { json } from "./answer.ts";
import type { StatsResponse } from "./contract.ts";
import type { ApiParts } from "./parts.ts";
import type { Route } from "./router.ts";
import { askOrNull } from "./ask-or-null.ts";

/** How long a part may take, in ms; under load, numbers that come late are better than none. */
const patienceMs = 5_000;

export function statsRoutes(parts: ApiParts): readonly Route[] {
  return [{ method: "GET", path: "/api/v1/stats", query: [], run: async () => json(await stats(parts)) }];
}

async function stats({ queue, ledger, quarantine, log, ...parts }: ApiParts): Promise<StatsResponse> {
  const patience = { log, patienceMs };
  const [depth, refused, secrets] = await Promise.all([
    askOrNull("queue", () => queue.depth(), patience),
    askOrNull("quarantine", () => quarantine.count(), patience),
    askOrNull("quarantine", () => parts.secretUse(), patience),
  ]);
  // Last, since an outcome is written before the queue forgets the event: who sees an empty queue sees all outcomes.
  const known = await askOrNull("ledger", () => ledger.stats(), patience);
  return {
    queue: depth && queueNumbers(depth),
    events: known && known.events,
    duplicates: known && known.duplicates,
    quarantine: refused,
    secrets,
    drift: parts.drift?.() ?? null,
  };
}

function queueNumbers({
  messages,
  oldestAgeMs,
  spilled = 0,
  isAway = false,
}: QueueDepth): StatsResponse["queue"] {
  return { depth: messages, oldestAgeMs, spilled, isAway };
}

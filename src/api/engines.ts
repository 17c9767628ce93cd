import { json } from "./answer.ts";
import type { EnginesResponse } from "./contract.ts";
import type { ApiParts } from "./parts.ts";
import type { Route } from "./router.ts";
import { askOrNull } from "./ask-or-null.ts";

/** How long an engine may take, in ms; what the other one tells waits for it. */
const patienceMs = 1_500;

export function engineRoutes({ queue, ledger, log }: ApiParts): readonly Route[] {
  const engines = async (): Promise<EnginesResponse> => {
    const [ofQueue, ofLedger] = await Promise.all([
      askOrNull("queue", () => queue.report(), { log, patienceMs }),
      askOrNull("ledger", () => ledger.report(), { log, patienceMs }),
    ]);
    return { queue: ofQueue, ledger: ofLedger };
  };
  return [{ method: "GET", path: "/api/v1/engines", query: [], run: async () => json(await engines()) }];
}

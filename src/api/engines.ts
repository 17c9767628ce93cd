import { json } from "./answer.ts";
import type { EnginesResponse } from "./contract.ts";
import type { ApiParts } from "./parts.ts";
import type { Route } from "./router.ts";

export function engineRoutes({ queue, ledger }: ApiParts): readonly Route[] {
  const engines = async (): Promise<EnginesResponse> => {
    const [ofQueue, ofLedger] = await Promise.all([queue.report(), ledger.report()]);
    return { queue: ofQueue, ledger: ofLedger };
  };
  return [{ method: "GET", path: "/api/v1/engines", query: [], run: async () => json(await engines()) }];
}

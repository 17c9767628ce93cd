import type { EngineReport } from "../lib/engine-report.ts";
import { within } from "../lib/within.ts";
import { errorFields } from "../log.ts";
import { json } from "./answer.ts";
import type { EnginesResponse } from "./contract.ts";
import type { ApiParts } from "./parts.ts";
import type { Route } from "./router.ts";

/** How long an engine may take, in ms; what the other one tells waits for it. */
const patienceMs = 1_500;

export function engineRoutes({ queue, ledger, log }: ApiParts): readonly Route[] {
  const told = async (part: string, ask: () => Promise<EngineReport>): Promise<EngineReport | null> => {
    try {
      return (await within(patienceMs, ask())) ?? null;
    } catch (error) {
      log.warn("api.unavailable", { part, ...errorFields(error) });
      return null;
    }
  };
  const engines = async (): Promise<EnginesResponse> => {
    const [ofQueue, ofLedger] = await Promise.all([
      told("queue", () => queue.report()),
      told("ledger", () => ledger.report()),
    ]);
    return { queue: ofQueue, ledger: ofLedger };
  };
  return [{ method: "GET", path: "/api/v1/engines", query: [], run: async () => json(await engines()) }];
}

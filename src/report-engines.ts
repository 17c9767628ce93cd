import type { Ledger } from "./ledger/ledger.ts";
import type { EngineReport } from "./lib/engines/engine-report.ts";
import { sleep } from "./lib/async/sleep.ts";
import type { Log } from "./log.ts";
import type { Queue } from "./queue/queue.ts";

/** After how long an engine that did not answer is asked again, in ms. */
const againMs = 5_000;

export interface ReportedEngines {
  readonly queue: Pick<Queue, "report" | "shards">;
  readonly ledger: Pick<Ledger, "engine" | "isShared"> | undefined;
}

/**
 * Says in the log what the engines are, and what an operator ought to change. For an engine that is away this comes
 * when it is back: a warning that accepted events do not survive a crash is worth as much then.
 */
export async function reportEngines(
  { queue, ledger }: ReportedEngines,
  log: Log,
  stopping: AbortSignal,
): Promise<void> {
  if (queue.shards > 1 && ledger?.isShared === false) {
    const cure = "set HOOKWELL_LEDGER=postgres://… before you start another worker on this queue";
    log.info("process.alone", { ledger: "of this process alone", cure });
  }
  const tell = async (part: string, ask: () => Promise<EngineReport>): Promise<void> => {
    const report = await answerOf(ask, stopping);
    if (report === undefined) return;
    const { engine, durability, warnings } = report;
    log.info(`${part}.engine`, { engine, durability });
    for (const warning of warnings) log.warn(`${part}.engine_warning`, { engine, warning });
  };
  // `engine` and not `report`: the ledger warns of its other workers in the log by itself.
  await Promise.all([tell("queue", () => queue.report()), ledger && tell("ledger", () => ledger.engine())]);
}

/** @returns undefined if it did not answer before the stop */
async function answerOf(
  ask: () => Promise<EngineReport>,
  stopping: AbortSignal,
): Promise<EngineReport | undefined> {
  while (!stopping.aborted) {
    // The engine itself says in the log that it is away.
    const report = await ask().catch(() => undefined);
    if (report !== undefined) return report;
    await sleep(againMs, stopping);
  }
  return undefined;
}

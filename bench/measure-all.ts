import { join } from "node:path";
import type { Bench, Findings } from "./bench.ts";
import { describeMachine } from "./describe-machine.ts";
import { stopEngines } from "./engines/start.ts";
import { Folders } from "./folders.ts";
import { groups } from "./groups/groups.ts";
import { History } from "./history.ts";
import type { Options } from "./options.ts";
import { planFor } from "./plan.ts";
import { type Failure, failureOf, type Report } from "./report/report.ts";
import { killPrograms } from "./servers/program.ts";

type Choice = Pick<Options, "quick" | "only" | "ledger" | "data">;

/** Measures the groups that were asked for. One that fails is told at the end, and does not stop the others. */
export async function measureAll({ quick, only, ledger, data = defaultFolder }: Choice): Promise<Report> {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void stopEngines().finally(() => process.exit(130)));
  const folders = new Folders(data);
  const machine = describeMachine(folders.base);
  const tell = progress();
  const bench: Bench = { plan: planFor(quick, ledger), folders, tell, history: new History(folders, tell) };
  const found: Findings[] = [];
  const failures: Failure[] = [];
  for (const { name, measure, isLong = false } of groups) {
    if (only.length > 0 ? !only.includes(name) : quick && isLong) continue;
    try {
      const findings = await measure(bench);
      found.push(findings);
      failures.push(...(findings.failures ?? []));
    } catch (error) {
      killPrograms();
      await stopEngines();
      failures.push(failureOf(name, error));
    }
  }
  tell("done");
  return {
    format: 1,
    measuredAt: new Date().toISOString(),
    quick,
    machine,
    rows: found.flatMap(({ rows }) => rows),
    charts: found.flatMap(({ charts = [] }) => charts),
    notes: found.flatMap(({ notes = [] }) => notes),
    failures,
  };
}

/** On the disk of the repository; the system's temp folder may be in memory, where a flush costs nothing. */
const defaultFolder = join(import.meta.dirname, "../node_modules/.cache/hookwell-bench");

/** Says on stderr what is being done, with the time since the beginning. */
function progress(): (doing: string) => void {
  const startedAt = performance.now();
  return (doing) => {
    const seconds = Math.floor((performance.now() - startedAt) / 1_000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${clock} ${doing}` : `${clock} ${doing}\n`);
    if (process.stderr.isTTY && doing === "done") process.stderr.write("\n");
  };
}

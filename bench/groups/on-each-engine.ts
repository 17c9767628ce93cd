import type { Bench, Findings } from "../bench.ts";
import { describeTemporary } from "../describe-machine.ts";
import { type Engine, type EngineName, engineNames } from "../engines/engine.ts";
import { isEngineInstalled, packageOf } from "../engines/installed.ts";
import { startEngine } from "../engines/start.ts";
import { type Stores, withLedger } from "../engines/stores.ts";
import { failureOf } from "../report/report.ts";
import { killPrograms } from "../servers/program.ts";

/** Starts one engine after the other, and puts together what is found on each. */
export async function onEachEngine(
  bench: Bench,
  group: string,
  measure: (engine: Engine) => Promise<Findings>,
): Promise<Findings> {
  const found: Findings[] = [];
  for (const name of engineNames) {
    found.push(
      (await isEngineInstalled(name)) ? await measureOne(bench, group, name, measure) : missing(name),
    );
  }
  return {
    rows: found.flatMap(({ rows }) => rows),
    notes: [
      `The servers of the engines keep what they have in the system's folder for temporary files: ${describeTemporary()}.`,
      ...found.flatMap(({ notes = [] }) => notes),
    ],
    failures: found.flatMap(({ failures = [] }) => failures),
  };
}

/** The same with a ledger beside each, which only PostgreSQL can have. */
export async function onEachQueue(
  bench: Bench,
  group: string,
  measure: (stores: Stores) => Promise<Findings>,
): Promise<Findings> {
  if (!(await isEngineInstalled("postgres"))) {
    return { rows: [], notes: [`${group}: workers of a queue in a server need PostgreSQL for the ledger.`] };
  }
  return onEachEngine(bench, group, (engine) => withLedger(engine, measure));
}

/** A server that fails does not stop the others. */
async function measureOne(
  bench: Bench,
  group: string,
  name: EngineName,
  measure: (engine: Engine) => Promise<Findings>,
): Promise<Findings> {
  try {
    bench.tell(`starting ${name}`);
    await using engine = await startEngine(name);
    const { notes = [], ...found } = await measure(engine);
    return { ...found, notes: [`${engine.title} is set to: ${engine.durability}.`, ...notes] };
  } catch (error) {
    killPrograms();
    return { rows: [], failures: [failureOf(group, error, name)] };
  }
}

const missing = (name: EngineName): Findings => ({
  rows: [],
  notes: [
    `The engine ${name} is not measured: it is not installed (\`apt-get install ${packageOf[name]}\`).`,
  ],
});

import type { Bench, Findings, Group } from "../bench.ts";
import { describeTemporary } from "../describe-machine.ts";
import { type Engine, type EngineName, engineNames, type LedgerEngine } from "../engines/engine.ts";
import { isEngineInstalled, packageOf } from "../engines/installed.ts";
import { startEngine, startLedger } from "../engines/start.ts";
import { failureOf } from "../report/report.ts";
import { killPrograms } from "../servers/program.ts";
import { sendingRows } from "./engine-sending.ts";
import { settlingRows, settlingNotes } from "./engine-settling.ts";

export const engines: Group = {
  name: "engines",
  says: "the queue in PostgreSQL, Redis, RabbitMQ and NATS, beside their bare clients and other job queues; not in --quick",
  isLong: true,
  measure,
};

async function measure(bench: Bench): Promise<Findings> {
  const found: Findings[] = [];
  for (const name of engineNames) {
    found.push((await isEngineInstalled(name)) ? await orFailure(bench, name) : missing(name));
  }
  return {
    rows: found.flatMap(({ rows }) => rows),
    notes: [
      `The servers of the engines keep what they have in the system's folder for temporary files: ${describeTemporary()}.`,
      ...found.flatMap(({ notes = [] }) => notes),
      ...settlingNotes,
    ],
    failures: found.flatMap(({ failures = [] }) => failures),
  };
}

/** A server that fails does not stop the others. */
async function orFailure(bench: Bench, name: EngineName): Promise<Findings> {
  try {
    return await measureOne(bench, name);
  } catch (error) {
    killPrograms();
    return { rows: [], failures: [failureOf("engines", error, name)] };
  }
}

const missing = (name: EngineName): Findings => ({
  rows: [],
  notes: [
    `The engine ${name} is not measured: it is not installed (\`apt-get install ${packageOf[name]}\`).`,
  ],
});

async function measureOne(bench: Bench, name: EngineName): Promise<Findings> {
  bench.tell(`starting ${name}`);
  await using engine = await startEngine(name);
  const sending = await sendingRows(bench, engine);
  const note = `${engine.title} is set to: ${engine.durability}.`;
  if (!(await isEngineInstalled("postgres"))) {
    return { rows: sending, notes: [note, `Settling from ${engine.title} needs PostgreSQL for the ledger.`] };
  }
  await using own = isLedger(engine) ? null : await startLedger();
  const ledger = own ?? (engine as LedgerEngine);
  return { rows: [...sending, ...(await settlingRows(bench, { engine, ledger }))], notes: [note] };
}

const isLedger = (engine: Engine): engine is LedgerEngine => "query" in engine;

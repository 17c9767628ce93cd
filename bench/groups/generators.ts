import type { Bench, Findings, Group } from "../bench.ts";
import { inTurn, perSecond, under } from "../measure.ts";
import { row } from "../report/report.ts";
import { bare } from "../servers/bare-server.ts";
import { isInstalled } from "../servers/peers.ts";
import type { Program } from "../servers/program.ts";
import { byAutocannon, byWrk, fixedRequests } from "./other-generators.ts";

export const generators: Group = {
  name: "generators",
  says: "the bare server under this load generator, autocannon and wrk: which of them keeps up; not in --quick",
  isLong: true,
  measure,
};

type Generator = (program: Program, folder: string) => Promise<number>;

async function measure(bench: Bench): Promise<Findings> {
  const { plan, tell } = bench;
  const rounds = Math.min(3, plan.rounds);
  const requests = fixedRequests(300);
  const load = {
    connections: 50,
    seconds: Math.ceil(plan.seconds),
    warmUpSeconds: Math.ceil(plan.warmUpSeconds),
  };
  const demand = { ...load, batch: 1, until: { seconds: load.seconds } };
  const ours: Generator = async (program) => perSecond(await under(demand, program, bare));
  const others: Record<string, Generator> = {
    autocannon: ({ port }) => byAutocannon(port, requests, load),
    ...((await isInstalled("wrk")) ? { wrk: ({ port }, folder) => byWrk(port, folder, requests, load) } : {}),
  };
  const steps = Object.entries({ ours, ...others }).map(([name, generator]) => [
    name,
    (round: number) => {
      tell(`load by ${name}, round ${round} of ${rounds}`);
      return againstBare(bench, generator);
    },
  ]);
  const results = await inTurn<string, number>(rounds, Object.fromEntries(steps));
  const reference = { what: "by this generator", samples: results["ours"] ?? [] };
  return {
    rows: Object.keys(others).map((name) =>
      row("generators", `bare, load by ${name}`, "requests/s", results[name] ?? [], {
        against: reference,
        note: "the same signed bodies again and again; this generator signs each anew",
      }),
    ),
  };
}

async function againstBare({ folders }: Bench, generator: Generator): Promise<number> {
  const folder = folders.make();
  const program = await bare.start(folder);
  try {
    return await generator(program, folder);
  } finally {
    await program.stop();
    await folders.remove(folder);
  }
}

import type { Bench } from "./bench.ts";
import type { Load } from "./load/job.ts";
import { sendLoad } from "./load/send-load.ts";
import type { Contender } from "./servers/contender.ts";
import type { Program } from "./servers/program.ts";

/** The load that a server is put under. */
export interface Demand {
  readonly connections: number;
  readonly batch: number;
  /** Requests a second; as many as it can take if left out. */
  readonly rate?: number;
  readonly warmUpSeconds: number;
  readonly until: { readonly seconds: number } | { readonly requests: number };
}

/** Puts a running server under load. */
export function under(demand: Demand, program: Program, contender: Contender): Promise<Load> {
  const { path, signing } = contender;
  const { rate = null } = demand;
  return sendLoad({
    ...demand,
    rate,
    port: program.port,
    path,
    signing,
    expected: contender.expected(demand.batch),
  });
}

/** Starts a server with nothing kept, puts it under load and stops it. */
export async function measure({ folders }: Bench, contender: Contender, demand: Demand): Promise<Load> {
  const folder = folders.make();
  const program = await contender.start(folder);
  try {
    return await under(demand, program, contender);
  } finally {
    await program.stop();
    await folders.remove(folder);
  }
}

/** Measures several things in turn, A B A B, so that a slow moment of the machine meets all of them. */
export async function inTurn<Name extends string, Result>(
  rounds: number,
  steps: Readonly<Record<Name, (round: number) => Promise<Result>>>,
): Promise<Readonly<Record<Name, readonly Result[]>>> {
  const names = Object.keys(steps) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as Result[]])) as Record<Name, Result[]>;
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of names) results[name].push(await steps[name](round));
  }
  return results;
}

export const perSecond = ({ requests, seconds }: Load): number => requests / seconds;

/** What to say of loads during which the generator had no time left; else `null`. */
export function limitNote(loads: readonly Load[]): string | null {
  const share = Math.max(...loads.map(({ generatorShare }) => generatorShare));
  if (share < 0.9) return null;
  return `the load generator itself was at its limit (${Math.round(share * 100)} % of a core)`;
}

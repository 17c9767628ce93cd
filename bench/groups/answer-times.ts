import type { Bench } from "../bench.ts";
import type { Load } from "../load/job.ts";
import { Latencies } from "../load/latencies.ts";
import { inTurn, measure } from "../measure.ts";
import type { Line } from "../report/chart.ts";
import { type Row, row } from "../report/report.ts";
import { bare } from "../servers/bare-server.ts";
import { hookwell } from "../servers/hookwell.ts";

export interface AnswerTimes {
  readonly rows: readonly Row[];
  readonly bare: Line;
  readonly hookwell: Line;
}

const quantiles = [
  { share: 0.5, name: "50th" },
  { share: 0.99, name: "99th" },
  { share: 0.999, name: "99.9th" },
] as const;

export interface Calm {
  readonly connections: number;
  /** Such as "50 connections". */
  readonly over: string;
  readonly rate: number;
}

/** How soon single events are answered at a steady rate. */
export async function answerTimes(bench: Bench, { connections, over, rate }: Calm): Promise<AnswerTimes> {
  const { latencySeconds: seconds, warmUpSeconds } = bench.plan;
  const rounds = Math.min(3, bench.plan.rounds);
  const demand = { connections, batch: 1, rate, warmUpSeconds, until: { seconds } };
  const loads = await inTurn(rounds, {
    bare: (round) => {
      bench.tell(`answer times, ${over}, ${Math.round(rate)} requests/s, round ${round} of ${rounds}`);
      return measure(bench, bare, demand);
    },
    hookwell: () => measure(bench, hookwell, demand),
  });
  const at = (of: readonly Load[], share: number): number[] =>
    of.map(({ latencies }) => new Latencies(latencies).quantile(share));
  return {
    rows: quantiles.map(({ share, name }) =>
      row("singles", `  ${name} percentile at half of that`, "ms", at(loads.hookwell, share), {
        against: { what: "bare", samples: at(loads.bare, share) },
        bar: connections === 50 && share === 0.99 ? { of: "median", atMost: 10 } : null,
      }),
    ),
    bare: lineOf(`bare, ${over}`, loads.bare),
    hookwell: lineOf(`Hookwell, ${over}`, loads.hookwell),
  };
}

const shown = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999];

function lineOf(name: string, loads: readonly Load[]): Line {
  const all = new Latencies();
  for (const { latencies } of loads) all.add(latencies);
  // A quantile with only a few answers above it is chance.
  const known = shown.filter((share) => all.size * (1 - share) >= 5);
  return { name, points: known.map((share) => [share, all.quantile(share)]) };
}

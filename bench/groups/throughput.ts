import type { Bench } from "../bench.ts";
import type { Load } from "../load/job.ts";
import { inTurn, limitNote, measure, perSecond } from "../measure.ts";
import { type Bar, type Row, row } from "../report/report.ts";
import { bare } from "../servers/bare-server.ts";
import { hookwell } from "../servers/hookwell.ts";

export interface ThroughputOptions {
  readonly group: string;
  readonly what: string;
  readonly connections: number;
  readonly batch: number;
  readonly bar: Bar | null;
}

/** What Hookwell takes under full load, over what the bare server takes. */
export async function throughputRow(bench: Bench, options: ThroughputOptions): Promise<Row> {
  const { group, what, connections, batch, bar } = options;
  const { rounds, seconds, warmUpSeconds } = bench.plan;
  const demand = { connections, batch, warmUpSeconds, until: { seconds } };
  const loads = await inTurn(rounds, {
    bare: (round) => {
      bench.tell(`${what}, round ${round} of ${rounds}`);
      return measure(bench, bare, demand);
    },
    hookwell: () => measure(bench, hookwell, demand),
  });
  const speeds = (of: readonly Load[]): number[] => of.map((load) => perSecond(load) * batch);
  return row(group, what, batch === 1 ? "requests/s" : "events/s", speeds(loads.hookwell), {
    against: { what: "bare", samples: speeds(loads.bare) },
    bar,
    note: limitNote([...loads.bare, ...loads.hookwell]),
  });
}

import type { Bench, Findings, Group } from "../bench.ts";
import { inTurn } from "../measure.ts";
import type { Chart, Line } from "../report/chart.ts";
import { type Row, row } from "../report/report.ts";
import { fill, settle } from "../settling.ts";

export const settling: Group = {
  name: "settle",
  says: "from a full queue to the settled ledger, with a handler that does nothing; with a long history too",
  measure,
};

async function measure(bench: Bench): Promise<Findings> {
  const { plan, history, tell } = bench;
  const rounds = Math.min(3, plan.rounds);
  const rows: Row[] = [];
  const fresh: number[] = [];
  for (const size of plan.ledger) {
    await history.with(size);
    const speeds = await inTurn(rounds, {
      fresh: (round) => {
        tell(`settling, ledger empty and with ${millions(size)} events, round ${round} of ${rounds}`);
        return settleFresh(bench);
      },
      long: () => history.add(plan.settled),
    });
    fresh.push(...speeds.fresh);
    rows.push(
      row("settle", `settling, ${millions(size)} events in the ledger`, "events/s", speeds.long, {
        against: { what: "with none", samples: speeds.fresh },
        bar: plan.quick ? null : { of: "ratio", atLeast: 0.8 },
      }),
    );
  }
  const none = row("settle", "settling, ledger empty", "events/s", fresh, {
    bar: { of: "median", atLeast: 50_000 },
  });
  return { rows: [none, ...rows], charts: [chart(history.speeds)] };
}

async function settleFresh({ plan, folders }: Bench): Promise<number> {
  const folder = folders.make();
  await fill(folder, plan.settled);
  const { perSecond } = await settle(folder);
  await folders.remove(folder);
  return perSecond;
}

/** 5000000 → 5 million */
export function millions(events: number): string {
  return events >= 1e6 ? `${Number((events / 1e6).toFixed(1))} million` : events.toLocaleString("en-US");
}

const chart = (points: Line["points"]): Chart => ({
  name: "history",
  title: "Settling over the number of events in the ledger",
  x: { label: "events in the ledger", scale: "linear" },
  y: { label: "events/s", scale: "linear" },
  lines: [{ name: "Hookwell, no-op handler", points }],
});

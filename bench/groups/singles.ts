import type { Bench, Findings, Group } from "../bench.ts";
import type { Chart, Line } from "../report/chart.ts";
import type { Row } from "../report/report.ts";
import { median } from "../report/statistics.ts";
import { answerTimes } from "./answer-times.ts";
import { throughputRow } from "./throughput.ts";

export const singles: Group = {
  name: "singles",
  says: "single events over 1, 50 and 200 connections; answer times at half of that load",
  measure,
};

async function measure(bench: Bench): Promise<Findings> {
  const rows: Row[] = [];
  const lines: Line[] = [];
  for (const connections of [1, 50, 200]) {
    const over = connections === 1 ? "1 connection" : `${connections} connections`;
    const full = await throughputRow(bench, {
      group: "singles",
      what: `single events, ${over}`,
      connections,
      batch: 1,
      bar: connections === 50 ? { of: "ratio", atLeast: 0.9 } : null,
    });
    const calm = await answerTimes(bench, { connections, over, rate: median(full.samples) / 2 });
    rows.push(full, ...calm.rows);
    if (connections === 50) lines.push(calm.bare);
    lines.push(calm.hookwell);
  }
  return { rows, charts: [chart(lines)] };
}

const chart = (lines: readonly Line[]): Chart => ({
  name: "latency",
  title: "Answer times of single events at half of the full load",
  x: { label: "percentile of the answers", scale: "share" },
  y: { label: "ms", scale: "log" },
  lines,
});

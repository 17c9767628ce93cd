import type { Bench, Findings, Group } from "../bench.ts";
import { measure as measureOnce, perSecond, under } from "../measure.ts";
import type { Line } from "../report/chart.ts";
import { type Row, row } from "../report/report.ts";
import { bare } from "../servers/bare-server.ts";
import { hookwell, startHookwell } from "../servers/hookwell.ts";
import { untilSettled } from "../settling.ts";
import { watch } from "../watch.ts";

export const endToEnd: Group = {
  name: "end-to-end",
  says: "`hookwell serve` under full load: receiving and processing together, and what waits meanwhile",
  measure,
};

interface Stream {
  readonly what: string;
  readonly connections: number;
  readonly batch: number;
}

const streams: readonly Stream[] = [
  { what: "single events, 50 connections", connections: 50, batch: 1 },
  { what: "arrays of 50, 10 connections", connections: 10, batch: 50 },
];

async function measure(bench: Bench): Promise<Findings> {
  const rows: Row[] = [];
  const lines: Line[] = [];
  for (const stream of streams) {
    const found = await measureStream(bench, stream);
    rows.push(...found.rows);
    lines.push(found.line);
  }
  const axes = { x: { label: "s", scale: "linear" }, y: { label: "events", scale: "linear" } } as const;
  return {
    rows,
    charts: [{ name: "depth", title: "Events in the queue under full load, and after it", ...axes, lines }],
  };
}

async function measureStream(
  bench: Bench,
  stream: Stream,
): Promise<{ readonly rows: readonly Row[]; readonly line: Line }> {
  const { what, connections, batch } = stream;
  const { plan, tell } = bench;
  tell(`end to end, ${what}, for ${plan.endToEndSeconds} s`);
  const until = { seconds: plan.seconds };
  const reference = await measureOnce(bench, bare, { ...stream, warmUpSeconds: plan.warmUpSeconds, until });
  const { accepted, handled, sending, rest, depths } = await run(bench, { connections, batch });
  const name = "end-to-end";
  return {
    rows: [
      row(name, `end to end, ${what}: until all is settled`, "events/s", [handled / (sending + rest)], {
        against: { what: "bare", samples: [perSecond(reference) * batch] },
      }),
      row(name, "  accepted while sending", "events/s", [accepted / sending]),
      row(name, "  deepest queue", "events", [Math.max(...depths.map(([, depth]) => depth))]),
      row(name, "  to settle what waited at the end", "s", [rest]),
    ],
    line: { name: what, points: depths },
  };
}

interface Run {
  /** Events that were answered with 200. */
  readonly accepted: number;
  readonly handled: number;
  /** Time under load, and from then on until nothing waited, in s. */
  readonly sending: number;
  readonly rest: number;
  readonly depths: Line["points"];
}

async function run({ plan, folders }: Bench, size: Pick<Stream, "connections" | "batch">): Promise<Run> {
  const folder = folders.make();
  const server = await startHookwell("serve", folder);
  const depth = watch(async () => (await server.stats()).queue.depth);
  const until = { seconds: plan.endToEndSeconds };
  const load = await under({ ...size, warmUpSeconds: 0, until }, server, hookwell);
  const sentAt = performance.now();
  const handled = await untilSettled(server);
  const rest = (performance.now() - sentAt) / 1_000;
  const depths = await depth.end();
  await server.stop();
  await folders.remove(folder);
  const accepted = load.requests * size.batch;
  if (handled < accepted) throw new Error(`${accepted} events were accepted, and only ${handled} handled.`);
  return { accepted, handled, sending: load.seconds, rest, depths };
}

import type { Bench, Findings, Group } from "../bench.ts";
import { type EngineName, isLedger } from "../engines/engine.ts";
import { settleByPeer } from "../engines/settle-by-peer.ts";
import { settleOn, type Settled } from "../engines/settle-on.ts";
import type { Stores } from "../engines/stores.ts";
import { inTurn } from "../measure.ts";
import { type Row, row } from "../report/report.ts";
import { onEachQueue } from "./on-each-engine.ts";
import { millions } from "./settle.ts";

/** What else people work off jobs with. */
interface Peer {
  readonly name: string;
  /** Its file in `bench/peers`. */
  readonly program: string;
  /** What is guaranteed for an event that it has worked off. */
  readonly guarantees: string;
}

const pgBoss: Peer = {
  name: "pg-boss",
  program: "pg-boss",
  guarantees:
    "not looked up for repeats, in order of arrival but several batches at once; its row is kept as completed for a week, flushed",
};
const graphileWorker: Peer = {
  name: "graphile-worker",
  program: "graphile-worker",
  guarantees: "not looked up for repeats, in no order among those under way; its row is deleted, flushed",
};
const bullMq: Peer = {
  name: "BullMQ",
  program: "bullmq",
  guarantees:
    "not looked up for repeats, in no order among those under way; kept in Redis as completed, flushed",
};
const bareAmqp: Peer = {
  name: "the bare client of RabbitMQ",
  program: "amqp",
  guarantees:
    "not looked up for repeats, in order with one process only; acknowledged by itself, and nothing is kept",
};
const bareNats: Peer = {
  name: "the bare client of NATS",
  program: "nats",
  guarantees:
    "not looked up for repeats, in order with one process only; acknowledged by itself, and nothing is kept",
};

const peersOf: Readonly<Record<EngineName, readonly Peer[]>> = {
  postgres: [pgBoss, graphileWorker],
  redis: [bullMq],
  amqp: [bareAmqp],
  nats: [bareNats],
};

const numbers = [1, 2, 4];

export const engineSettling: Group = {
  name: "engines-settle",
  says: "settling from these queues by several processes, beside other job queues; not in --quick",
  isLong: true,
  measure: async (bench) => {
    const found = await onEachQueue(bench, "engines-settle", (stores) => settledFrom(bench, stores));
    return { ...found, notes: [...(found.notes ?? []), ...settlingNotes] };
  },
};

/** Says how far the figures can be compared. */
const settlingNotes: readonly string[] = [
  "Settled by Hookwell means: repeats and older revisions dropped, the events of an entity in order over all processes, and kept with body and attempts in PostgreSQL, flushed.",
  ...Object.values(peersOf)
    .flat()
    .map(({ name, guarantees }) => `Worked off by ${name} means: ${guarantees}.`),
];

/** From a full queue in a server to the settled ledger, by 1, 2 and 4 processes; each beside what peers do there. */
async function settledFrom(bench: Bench, stores: Stores): Promise<Findings> {
  const rows: Row[] = [];
  for (const processes of numbers) rows.push(...(await rowsFor(bench, stores, processes)));
  if (isLedger(stores.engine)) rows.push(await historyRow(bench, stores));
  return { rows };
}

async function rowsFor(bench: Bench, stores: Stores, processes: number): Promise<readonly Row[]> {
  const { engine } = stores;
  const rounds = Math.min(3, bench.plan.rounds);
  const by = processes === 1 ? "1 process" : `${processes} processes`;
  const peers = peersOf[engine.name];
  const steps = peers.map(({ name, program }) => [
    name,
    async () => ({ perSecond: await settleByPeer(bench, engine, { program, processes }), obsolete: 0 }),
  ]);
  const settled = await inTurn<string, Settled>(rounds, {
    Hookwell: (round) => {
      bench.tell(`settling from ${engine.title}, ${by}, round ${round} of ${rounds}`);
      return settleOn(bench, stores, processes);
    },
    ...Object.fromEntries(steps),
  });
  const what = `settling ${millions(bench.plan.shared)} events from ${engine.title}, ${by}`;
  const speeds = (name: string): number[] => (settled[name] ?? []).map(({ perSecond }) => perSecond);
  return peers.map(({ name }, index) =>
    row("engines-settle", index === 0 ? what : `  the same, beside ${name}`, "events/s", speeds("Hookwell"), {
      against: { what: `by ${name}`, samples: speeds(name) },
      note: index === 0 ? obsoleteNote(settled["Hookwell"] ?? []) : null,
    }),
  );
}

/** What a long history in the ledger costs. */
async function historyRow(bench: Bench, stores: Stores): Promise<Row> {
  const { plan, tell } = bench;
  const { engine } = stores;
  const [past = 0] = plan.ledger;
  const rounds = Math.min(3, plan.rounds);
  const settle = async (events: number): Promise<number> =>
    (await settleOn(bench, stores, 1, events)).perSecond;
  const speeds = await inTurn(rounds, {
    fresh: (round) => {
      tell(`settling from ${engine.title} with ${millions(past)} events before, round ${round} of ${rounds}`);
      return settle(0);
    },
    long: () => settle(past),
  });
  return row(
    "engines-settle",
    `  1 process, ${millions(past)} events of 4 weeks before`,
    "events/s",
    speeds.long,
    {
      against: { what: "with none", samples: speeds.fresh },
      bar: plan.quick ? null : { of: "ratio", atLeast: 0.8 },
    },
  );
}

function obsoleteNote(settled: readonly Settled[]): string | null {
  const obsolete = settled.reduce((sum, each) => sum + each.obsolete, 0);
  if (obsolete === 0) return null;
  return `${obsolete} events were handed out behind a newer one of their message, and dropped as obsolete`;
}

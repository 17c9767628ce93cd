import type { Bench, Group } from "../bench.ts";
import type { Engine } from "../engines/engine.ts";
import { PeerProcess } from "../engines/peer-process.ts";
import type { Load } from "../load/job.ts";
import { inTurn, limitNote, measure, perSecond } from "../measure.ts";
import { type Row, row } from "../report/report.ts";
import { onEachEngine } from "./on-each-engine.ts";
import { hookwellOn } from "../servers/hookwell.ts";

export const engineSending: Group = {
  name: "engines",
  says: "the queue in PostgreSQL, Redis, RabbitMQ and NATS, beside their bare clients; not in --quick",
  isLong: true,
  measure: (bench) =>
    onEachEngine(bench, "engines", async (engine) => ({ rows: await sendingRows(bench, engine) })),
};

/** As many batches are under way as there are connections. */
const [batch, connections] = [100, 10];

/** What is confirmed a second: by the whole program over HTTP, and by its driver, over the bare client of the engine. */
async function sendingRows(bench: Bench, engine: Engine): Promise<readonly Row[]> {
  const { seconds, warmUpSeconds } = bench.plan;
  const rounds = Math.min(3, bench.plan.rounds);
  const loads: Load[] = [];
  const speeds = await inTurn(rounds, {
    bare: (round) => {
      bench.tell(`${engine.title}, taking arrays of ${batch}, round ${round} of ${rounds}`);
      return publishedBy(bench, engine, engine.name);
    },
    fields: () => publishedBy(bench, engine, `${engine.name}-fields`),
    receive: async () => {
      await engine.clear();
      const demand = { connections, batch, warmUpSeconds, until: { seconds } };
      const load = await measure(bench, hookwellOn(engine.url), demand);
      loads.push(load);
      return perSecond(load) * batch;
    },
    driver: () => publishedBy(bench, engine, "driver"),
  });
  const against = { what: "by the bare client", samples: speeds.bare };
  const bar = { of: "ratio", atLeast: 0.8 } as const;
  const what = `${engine.title}, arrays of ${batch}, ${connections} at once`;
  return [
    row("engines", `${what}: \`receive\``, "events/s", speeds.receive, {
      against,
      bar,
      note: limitNote(loads),
    }),
    row("engines", "  beside the client that writes fields, too", "events/s", speeds.receive, {
      against: { what: "by the client that writes fields, too", samples: speeds.fields },
    }),
    row("engines", "  the driver, without HTTP and HMAC", "events/s", speeds.driver, { against, bar }),
  ];
}

async function publishedBy({ plan }: Bench, engine: Engine, program: string): Promise<number> {
  const { seconds, warmUpSeconds } = plan;
  await engine.clear();
  using peer = await PeerProcess.open(program, engine.url);
  return await peer.publish({ lanes: connections, batch, warmUpSeconds, seconds });
}

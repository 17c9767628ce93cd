import type { Bench, Group } from "../bench.ts";
import type { Engine } from "../engines/engine.ts";
import { PeerProcess } from "../engines/peer-process.ts";
import type { Load } from "../load/job.ts";
import { inTurn, limitNote, measure, perSecond } from "../measure.ts";
import { type Row, row } from "../report/report.ts";
import { onEachEngine } from "./on-each-engine.ts";
import { hookwellOn } from "../servers/hookwell.ts";
import { plainOn } from "../servers/plain.ts";

export const engineSending: Group = {
  name: "engines",
  says: "the queue in PostgreSQL, Redis, RabbitMQ and NATS, beside their bare clients; not in --quick",
  isLong: true,
  measure: (bench) =>
    onEachEngine(bench, "engines", async (engine) => ({
      rows: [...(await sendingRows(bench, engine, singles)), ...(await sendingRows(bench, engine, arrays))],
    })),
};

/** What comes at once; as many batches are under way as there are connections. */
interface Shape {
  readonly title: string;
  readonly batch: number;
  readonly connections: number;
}

const singles: Shape = { title: "single events", batch: 1, connections: 50 };
const arrays: Shape = { title: "arrays of 100", batch: 100, connections: 10 };

/**
 * What is confirmed a second: by the whole program over HTTP, and by its driver, over the bare client of the engine; and
 * by the whole program over a receiver as one would write it by hand.
 */
async function sendingRows(
  bench: Bench,
  engine: Engine,
  { title, batch, connections }: Shape,
): Promise<readonly Row[]> {
  const { seconds, warmUpSeconds } = bench.plan;
  const rounds = Math.min(3, bench.plan.rounds);
  const publishedBy = async (program: string): Promise<number> => {
    await engine.clear();
    using peer = await PeerProcess.open(program, engine.url);
    return await peer.publish({ lanes: connections, batch, warmUpSeconds, seconds });
  };
  const demand = { connections, batch, warmUpSeconds, until: { seconds } };
  const loads: Load[] = [];
  const speeds = await inTurn(rounds, {
    bare: (round) => {
      bench.tell(`${engine.title}, taking ${title}, round ${round} of ${rounds}`);
      return publishedBy(engine.name);
    },
    fields: () => publishedBy(`${engine.name}-fields`),
    plain: async () => {
      await engine.clear();
      return perSecond(await measure(bench, plainOn(engine), demand)) * batch;
    },
    receive: async () => {
      await engine.clear();
      const load = await measure(bench, hookwellOn(engine.url), demand);
      loads.push(load);
      return perSecond(load) * batch;
    },
    driver: () => publishedBy("driver"),
  });
  const against = { what: "by the bare client", samples: speeds.bare };
  const bar = { of: "ratio", atLeast: 0.8 } as const;
  const what = `${engine.title}, ${title}, ${connections} at once`;
  return [
    row("engines", `${what}: \`receive\``, "events/s", speeds.receive, {
      against,
      bar,
      note: limitNote(loads),
    }),
    row("engines", "  beside the client that writes fields, too", "events/s", speeds.receive, {
      against: { what: "by the client that writes fields, too", samples: speeds.fields },
    }),
    row("engines", "  beside a receiver written by hand", "events/s", speeds.receive, {
      against: { what: "by a receiver written by hand", samples: speeds.plain },
    }),
    row("engines", "  the driver, without HTTP and HMAC", "events/s", speeds.driver, { against, bar }),
  ];
}

import { setTimeout as sleep } from "node:timers/promises";
import { between } from "../chance.ts";
import type { EngineName } from "../engine.ts";
import type { Fault, Round } from "../fault.ts";
import { part, usual } from "../setting.ts";
import { clusterKill, killOne, troubled, troubleOf } from "./cluster.ts";

/** How long one of the servers is away, before and after a process is killed, in ms: others take over meanwhile. */
const awayMs = [500, 4_000] as const;

/** The queue is in several servers, of which one fails while processes die. */
export function clusterFailover(engine: EngineName): Fault {
  const kill = clusterKill(engine);
  return {
    ...kill,
    name: `failover-${engine}`,
    about:
      "the queue's server is one of several: it is killed, stopped or paused, and others take over; SIGKILL of a process",
    rounds: { usual: 6, quick: 1 },
    setting: (quick) => ({
      ...kill.setting(quick),
      engineKind: "replicated",
      // Rows of handlers are in the database that fails over.
      effects: engine === "postgres",
      // Until the servers are one again.
      load: part(usual.load, quick ? 1 : 3),
      habits: { ...usual.habits, pauseMs: 100 },
    }),
    strike: loseServer,
  };
}

async function loseServer(round: Round): Promise<void> {
  const { stage, send, random, count, number } = round;
  const sending = send();
  const enough = sending.tally.acknowledged + between(random, 2, 12);
  await sending.until(({ acknowledged }) => acknowledged >= enough);
  const trouble = troubleOf(number);
  await troubled(stage.engine.queue, trouble, async () => {
    await sleep(between(random, ...awayMs));
    await killOne(round);
    await sleep(between(random, ...awayMs));
  });
  count(`servers ${trouble}`);
}

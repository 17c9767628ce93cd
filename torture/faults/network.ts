import { setTimeout as sleep } from "node:timers/promises";
import { oneIn, pick } from "../../src/lib/random.ts";
import { shuffled } from "../../test/support/events/deliveries.ts";
import { between } from "../chance.ts";
import type { EngineName } from "../engine.ts";
import type { Fault, Round } from "../fault.ts";
import type { WayToPart } from "../network/network.ts";
import { troubles } from "../network/way.ts";
import { part, usual } from "../setting.ts";
import { clusterKill, killOne } from "./cluster.ts";
import { strikeInReplay } from "./replay.ts";

/**
 * How long a way is bad, in ms. If the one to the ledger is cut for 3 s, others take the worker for dead, and what it has
 * begun may be handled twice; only what is written in the transaction of the event is there once all the same.
 */
const badMs = { queue: [100, 4_000], ledger: [100, 1_500], effects: [100, 8_000] } as const;
/** How many ways are bad at a time, at most. */
const atOnce = 2;

/** The servers are well, but the network between them and a process is not. */
export function clusterNetwork(engine: EngineName): Fault {
  const kill = clusterKill(engine);
  return {
    ...kill,
    name: `network-${engine}`,
    about:
      "ways between processes and servers are cut, silent or slow, break answers in the middle or lose them; SIGKILL of some",
    rounds: { usual: 6, quick: 1 },
    setting: (quick) => ({
      ...kill.setting(quick),
      network: true,
      effects: engine === "postgres",
      // Until the troubles are over.
      load: part(usual.load, quick ? 1 : 3),
      habits: { ...usual.habits, pauseMs: 100 },
    }),
    strike: async (round) => {
      await round.send().until(({ acknowledged }) => acknowledged >= 10);
      if (round.number % 3 === 0) await strikeInReplay(round, () => spoilWays(round));
      else await spoilWays(round);
    },
  };
}

/** Each way is bad once, in any order; in a quick round only some. */
async function spoilWays(round: Round): Promise<void> {
  const { stage, random, quick } = round;
  const left = shuffled(stage.network.ways, random).slice(0, quick ? 4 : undefined);
  const spoil = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await spoilOne(round, next);
  };
  await Promise.all(Array.from({ length: atOnce }, spoil));
}

async function spoilOne(round: Round, { way, part: to }: WayToPart): Promise<void> {
  const { stage, random, count } = round;
  const trouble = pick(random, troubles) ?? "cut";
  const [least, most] = badMs[stage.setting.effects === true ? "effects" : to];
  way.begin(trouble);
  count(`${to} ${trouble}`);
  await sleep(between(random, least, most));
  // One that starts meets the trouble from its first word on.
  if (oneIn(random, 4)) await killOne(round);
  way.heal();
  await sleep(between(random, 0, 500));
}

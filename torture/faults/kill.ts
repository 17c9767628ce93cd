import { setTimeout as sleep } from "node:timers/promises";
import { below, oneIn } from "../../src/lib/random.ts";
import { between } from "../chance.ts";
import { plain, type Fault, type Round } from "../fault.ts";
import type { Service } from "../program/service.ts";
import { usualFor } from "../setting.ts";
import { killInCheckpoint } from "./kill-in-checkpoint.ts";
import { killInReplay } from "./replay.ts";
import { killInRetention } from "./kill-in-retention.ts";

/** Kills the process in one phase of its life. */
type Phase = (round: Round, victim: Service) => Promise<void>;

const phases: readonly Phase[] = [
  killUnderLoad,
  killInStart,
  killInCheckpoint,
  killInReplay,
  killInStop,
  killInRetention,
];

/** SIGKILL at random moments, aimed at each phase in turn. */
export function kill(name: string, shape: keyof typeof shapes): Fault {
  return {
    ...plain,
    name,
    about: `SIGKILL under load, in start, checkpoint, replay, stop and retention (${shapes[shape]})`,
    rounds: { usual: shape === "serve" ? 18 : 12, quick: shape === "serve" ? 6 : 2 },
    setting: (quick) => ({ ...usualFor(quick), shape, clock: true }),
    strike: async (round) => {
      const { receiver, worker } = round.stage.hookwell;
      const phase = phases[(round.number - 1) % phases.length] ?? killUnderLoad;
      await phase(round, oneIn(round.random, 3) ? receiver : worker);
    },
  };
}

const shapes = {
  serve: "all in one process",
  split: "receiving and processing apart",
} as const;

async function killUnderLoad({ send, random, count }: Round, victim: Service): Promise<void> {
  const sending = send();
  for (let kills = 1 + below(random, 3); kills > 0; kills -= 1) {
    const enough = sending.tally.acknowledged + between(random, 2, 12);
    await sending.until(({ acknowledged }) => acknowledged >= enough);
    await sleep(between(random, 0, 60));
    if (await victim.crash()) count("killed under load");
  }
}

async function killInStart({ stage, send, random, count }: Round, victim: Service): Promise<void> {
  await send().until(({ acknowledged }) => acknowledged >= 10);
  if (await victim.crash()) count("killed under load");
  const startMs = await stage.ready();
  await victim.crash();
  for (let kills = 1 + below(random, 3); kills > 0; kills -= 1) {
    await victim.restarted();
    await sleep(between(random, 0, startMs));
    if (await victim.crash()) count("killed in start");
  }
}

async function killInStop({ send, random, count }: Round, victim: Service): Promise<void> {
  await send().until(({ acknowledged }) => acknowledged >= 10);
  victim.signal("SIGTERM");
  await sleep(between(random, 0, 120));
  count((await victim.crash()) ? "killed in stop" : "stopped before the kill");
}

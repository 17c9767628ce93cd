import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { below, oneIn, pick } from "../../src/lib/random.ts";
import { between } from "../chance.ts";
import type { EngineName } from "../engine.ts";
import type { Fault, Round } from "../fault.ts";
import type { Service } from "../program/service.ts";
import { part, usual } from "../setting.ts";
import { Stage } from "../stage.ts";
import { clusterKill } from "./cluster.ts";

const folder = process.env["TORTURE_OLDER"];
/** The program of an older version, built in a folder of its own; undefined if none is named. */
export const older: string | undefined = folder && resolve(join(folder, "bin/hookwell.js"));

/** The processes of a cluster are replaced while events come: in odd rounds by this version, in even ones by the older. */
export function clusterUpgrade(engine: EngineName): Fault {
  const kill = clusterKill(engine);
  return {
    ...kill,
    name: `upgrade-${engine}`,
    about: "all processes are replaced by another version under load and back, with SIGKILL of some of both",
    rounds: { usual: 4, quick: 2 },
    setting: (quick) => ({
      ...kill.setting(quick),
      // Until all are replaced; and retries wait meanwhile.
      load: part(usual.load, quick ? 2 : 5),
      habits: { ...usual.habits, pauseMs: 150 },
      env: { HOOKWELL_BACKOFF_MIN: "400ms", HOOKWELL_BACKOFF_MAX: "5s" },
    }),
    open: async (setting, seed) => {
      const stage = await Stage.open(setting, seed);
      for (const service of stage.hookwell.services) service.program = older;
      return stage;
    },
    strike: replaceAll,
  };
}

/** Workers first on the way to this version, receivers first on the way back, as operators are told to. */
async function replaceAll(round: Round): Promise<void> {
  const { services, endpoints } = round.stage.hookwell;
  const receivers = services.slice(0, endpoints.length);
  const [first, ...others] = services.slice(endpoints.length);
  const steps = [others, first === undefined ? [] : [first], ...receivers.map((receiver) => [receiver])];
  const isUpgrade = round.number % 2 === 1;
  await round.send().until(({ acknowledged }) => acknowledged >= 10);
  for (const step of isUpgrade ? steps : steps.toReversed()) {
    await killSomebody(round);
    await replace(round, step, isUpgrade ? undefined : older);
  }
  await killSomebody(round);
}

async function killSomebody({ stage, random, count }: Round): Promise<void> {
  await sleep(between(random, 1_500, 4_000));
  const victim = oneIn(random, 2) ? pick(random, stage.hookwell.services) : undefined;
  if (await victim?.crash()) count("killed");
}

/** At the same moment; sometimes the first of them is killed in its start. */
async function replace(
  { random, count }: Round,
  some: readonly Service[],
  program: string | undefined,
): Promise<void> {
  await Promise.all(some.map((service) => service.stop(oneIn(random, 3) ? "SIGKILL" : "SIGTERM")));
  for (const service of some) {
    service.program = program;
    service.start();
    count(program === undefined ? "replaced by this version" : "replaced by the older version");
  }
  if (!oneIn(random, 2)) return;
  await sleep(below(random, 700));
  if (await some[0]?.crash()) count("killed in start");
}

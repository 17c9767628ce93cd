import { setTimeout as sleep } from "node:timers/promises";
import { below, pick } from "../../src/lib/random.ts";
import { between } from "../chance.ts";
import type { EngineName } from "../engine.ts";
import { plain, type Fault, type Round } from "../fault.ts";
import type { Service } from "../program/service.ts";
import type { EngineServer } from "../servers/server.ts";
import { strikeInReplay } from "./replay.ts";
import { usualFor, type Setting } from "../setting.ts";

const settingOf =
  (engine: EngineName) =>
  (quick: boolean): Setting => ({
    ...usualFor(quick),
    shape: "cluster",
    engine,
    allSettledMs: 120_000,
  });

/** SIGKILL of any process of a cluster. */
export function clusterKill(engine: EngineName): Fault {
  return {
    ...plain,
    name: `kill-${engine}`,
    about: "two receivers and three workers on shared servers, SIGKILL of any of them under load",
    rounds: { usual: 10, quick: 1 },
    setting: settingOf(engine),
    strike: killAnybody,
  };
}

/** The same, with handlers that write into the database in the transaction of their event. */
export function clusterEffects(engine: EngineName): Fault {
  return {
    ...clusterKill(engine),
    name: `effects-${engine}`,
    about:
      "the same kills, with handlers that write a row in the transaction of their event: each has exactly one",
    setting: (quick) => ({ ...settingOf(engine)(quick), effects: true }),
  };
}

/** A worker stands still, and the others have its events before it is killed. */
export function clusterHang(engine: EngineName): Fault {
  return {
    ...clusterEffects(engine),
    name: `hang-${engine}`,
    about: "SIGSTOP of a worker for good, with transactions open: the others settle everything",
    rounds: { usual: 3, quick: 1 },
    setting: (quick) => ({
      ...settingOf(engine)(quick),
      effects: true,
      settleMs: Number.MAX_SAFE_INTEGER,
      // Handlers take time, so that some events are under way.
      workMs: [0, 40],
    }),
    strike: hangWorker,
  };
}

/** The servers themselves stop, crash and hang. */
export function clusterOutage(engine: EngineName): Fault {
  return {
    ...clusterKill(engine),
    name: `outage-${engine}`,
    about: "the server of the queue, or that of the ledger, is stopped, killed or paused, and started again",
    rounds: { usual: 6, quick: 1 },
    strike: troubleServers,
  };
}

async function killAnybody(round: Round): Promise<void> {
  const { send, random, number } = round;
  if (number % 3 === 0) {
    return strikeInReplay(round, async () => {
      await sleep(between(random, 0, 300));
      await killOne(round);
    });
  }
  const sending = send();
  for (let kills = 3 + below(random, 3); kills > 0; kills -= 1) {
    const enough = sending.tally.acknowledged + between(random, 2, 12);
    await sending.until(({ acknowledged }) => acknowledged >= enough);
    await sleep(between(random, 0, 300));
    await killOne(round);
  }
}

/** SIGKILL of any process; the next one is started. */
export async function killOne({ stage, random, count }: Round): Promise<void> {
  const victim: Service = pick(random, stage.hookwell.services) ?? stage.hookwell.worker;
  const isReceiver = stage.hookwell.services.indexOf(victim) < stage.hookwell.endpoints.length;
  if (await victim.crash()) count(`${isReceiver ? "receivers" : "workers"} killed`);
}

async function hangWorker({ stage, send, random, count }: Round): Promise<void> {
  const { services, endpoints, worker } = stage.hookwell;
  const sending = send();
  const enough = sending.tally.acknowledged + between(random, 2, 12);
  await sending.until(({ acknowledged }) => acknowledged >= enough);
  // The first worker has the API, which is asked meanwhile.
  const victim = pick(random, services.slice(endpoints.length + 1)) ?? worker;
  victim.signal("SIGSTOP");
  await stage.delivered(sending);
  if (await stage.settled()) count("settled while a worker hung");
  await victim.crash();
}

/** Shorter than a worker lives without the ledger, so that nothing changes hands because of it. */
const outageMs = [500, 4_000] as const;

async function troubleServers({ stage, send, random, count, number }: Round): Promise<void> {
  const { queue, ledger } = stage.engine;
  const sending = send();
  const [server, name] = number % 3 === 0 ? [ledger, "ledger"] : [queue, "queue"];
  const enough = sending.tally.acknowledged + between(random, 2, 12);
  await sending.until(({ acknowledged }) => acknowledged >= enough);
  const trouble = troubleOf(number);
  await troubled(server, trouble, () => sleep(between(random, ...outageMs)));
  count(`${name} ${trouble}`);
}

const troubles = ["killed", "stopped", "paused"] as const;
export type Trouble = (typeof troubles)[number];

/** Each of them in turn. */
export const troubleOf = (round: number): Trouble => troubles[(round - 1) % troubles.length] ?? "killed";

/** Brings trouble to a server; it is over after `meanwhile`. */
export async function troubled(
  server: EngineServer,
  trouble: Trouble,
  meanwhile: () => Promise<void>,
): Promise<void> {
  if (trouble === "paused") {
    await server.pause();
    await meanwhile();
    await server.resume();
  } else {
    await (trouble === "killed" ? server.kill() : server.stop());
    await meanwhile();
    await server.start();
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { clientOf } from "../../test/support/program/client.ts";
import { between } from "../chance.ts";
import type { Round } from "../fault.ts";
import type { Service } from "../program/service.ts";
import type { Stage } from "../stage.ts";

/** How many replays are tried before it counts as certain that replayed events die again. */
const mostReplays = 10;

/** Mends the handlers, replays all dead letters, and kills the process in the middle of it; twice. */
export async function killInReplay({ stage, random, send, count }: Round, victim: Service): Promise<void> {
  await send().done;
  await stage.settled();
  await stage.folder.mend(true);
  for (const eventId of await deadOf(stage)) stage.records.mended.add(eventId);
  for (let kills = 2; kills > 0; kills -= 1) {
    const replaying = replay(stage);
    await sleep(between(random, 0, 80));
    if (await victim.crash()) count("killed in replay");
    await replaying;
    await stage.ready();
  }
  // Events that were on their way when the process was killed are no dead letters at that moment, but may become some. So
  // the handlers stay mended until nothing is left to replay.
  for (let tries = 0; tries < mostReplays; tries += 1) {
    await stage.settled();
    if ((await replay(stage)) === 0) break;
  }
  await stage.folder.mend(false);
}

/** How many were replayed; undefined if that is not known, as the process was killed meanwhile. */
async function replay(stage: Stage): Promise<number | undefined> {
  try {
    stage.records.replay(await deadOf(stage));
    const init = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
    const { replayed } = await clientOf(stage.hookwell.api).api<{ replayed: number }>(
      "/dead-letters/replay",
      init,
    );
    return replayed;
  } catch {
    return undefined;
  }
}

async function deadOf({ hookwell }: Stage): Promise<readonly string[]> {
  const records = await clientOf(hookwell.api).events();
  return [...records.values()].filter(({ status }) => status === "dead").map(({ eventId }) => eventId);
}

import { setTimeout as sleep } from "node:timers/promises";
import { clientOf } from "../../test/support/program/client.ts";
import { between } from "../chance.ts";
import type { Round } from "../fault.ts";
import type { Service } from "../program/service.ts";
import type { Stage } from "../stage.ts";

/** How many replays are tried before it counts as certain that replayed events die again. */
const mostReplays = 10;
/** Between two replays while something strikes, in ms. */
const pauseMs = 50;

/** Kills the process in the middle of replays. */
export async function killInReplay(round: Round, victim: Service): Promise<void> {
  await strikeInReplay(round, async () => {
    await sleep(between(round.random, 0, 80));
    if (await victim.crash()) round.count("killed in replay");
  });
}

/** Replays all dead letters again and again while this strikes; the second time, with handlers that are mended. */
export async function strikeInReplay({ stage, send }: Round, strike: () => Promise<void>): Promise<void> {
  await stage.delivered(send());
  await stage.settled();
  await replayDuring(stage, strike);
  await stage.folder.mend(true);
  for (const eventId of await deadOf(stage)) stage.records.mended.add(eventId);
  await replayDuring(stage, strike);
  // Events that were on their way meanwhile are no dead letters at that moment, but may become some. So the handlers stay
  // mended until nothing is left to replay.
  for (let tries = 0; tries < mostReplays; tries += 1) {
    await stage.settled();
    if ((await replay(stage)) === 0) break;
  }
  await stage.folder.mend(false);
}

async function replayDuring(stage: Stage, strike: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const replaying = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await replay(stage);
      await sleep(pauseMs);
    }
  };
  const replays = replaying();
  await strike();
  over.abort();
  await replays;
  await stage.ready();
}

/** How many were replayed; undefined if that is not known, since the answer did not come. */
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

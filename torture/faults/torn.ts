import { setTimeout as sleep } from "node:timers/promises";
import { between } from "../chance.ts";
import { plain, type Fault, type Round } from "../fault.ts";
import { usualFor } from "../setting.ts";
import { logState, tearFiles, truncateLog } from "./tear.ts";

/** SIGKILL, after which the disk has only a part of what the process had not flushed yet. */
export const torn: Fault = {
  ...plain,
  name: "torn",
  about:
    "killed, and what was not flushed yet is half on the disk: torn pages, half transactions, a short log",
  rounds: { usual: 8, quick: 2 },
  // So slow that the queue has work when all is acknowledged.
  setting: (quick) => ({ ...usualFor(quick), workMs: [0, quick ? 20 : 10] }),
  strike: async (round) => {
    const { stage, random, count, number } = round;
    await (number % 2 === 1 ? killWhileSending(round) : killBehindTheLastAnswer(round));
    for (const what of await tearFiles(stage.data, random)) count(what);
    stage.start();
  },
};

async function killWhileSending({ send, stage, random }: Round): Promise<void> {
  const sending = send();
  const enough = between(random, 5, 60);
  await sending.until(({ acknowledged }) => acknowledged >= enough);
  await stage.stop("SIGKILL");
}

/**
 * Once everything is acknowledged, the queue only forgets, and need not flush that: a power cut may undo it, from any
 * byte on.
 */
async function killBehindTheLastAnswer({ send, stage, random, count }: Round): Promise<void> {
  await send().done;
  const answered = await logState(stage.data, "queue.db");
  await sleep(between(random, 5, 150));
  await stage.stop("SIGKILL");
  if (answered !== undefined && (await truncateLog(stage.data, answered, random))) {
    stage.records.powerCut();
    count("queue.db-wal cut somewhere behind the last answer");
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { between } from "../chance.ts";
import type { Round } from "../fault.ts";

const dayMs = 24 * 60 * 60 * 1_000;
/** Longer than the longest time that events are kept by these programs. */
const muchLater = 31 * dayMs;
/** What happens every hour happens every so many ms. */
const hurryMs = 60;

/** Lets a month pass, so that all that came before may be forgotten, and kills the process while it forgets. */
export async function killInRetention({ stage, random, send, count }: Round): Promise<void> {
  stage.records.forgetMay();
  await stage.folder.setClock(muchLater, hurryMs);
  send();
  // The timers of the process that runs keep their usual times; only those of the next one hurry.
  const { worker } = stage.hookwell;
  await worker.crash();
  for (let kills = 2; kills > 0; kills -= 1) {
    await stage.ready();
    await sleep(between(random, 0, 250));
    if (await worker.crash()) count("killed while old events were forgotten");
  }
  await stage.ready();
  await sleep(hurryMs * 4);
  await stage.folder.setClock(0, 0);
}

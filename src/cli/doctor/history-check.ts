import { randomUUID } from "node:crypto";
import type { Config } from "../../config/load-config.ts";
import { HookwellError } from "../../errors.ts";
import { enginesToMake } from "../../lib/engines/engine-file.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { NotMadeError } from "../../lib/engines/not-made.ts";
import { openLedger } from "../../ledger/open-ledger.ts";
import type { Queue } from "../../queue/queue.ts";
import { type Check, warn } from "./check.ts";
import { openQueueToLook } from "./engine-look.ts";

/** Would a worker with these settings start beside those that handle the events of the queue now? */
export async function checkHistory(config: Config): Promise<readonly Check[]> {
  // Nobody can be using a file that is not there.
  if (enginesToMake(config).includes("queue")) return [];
  try {
    return (await wouldStart(config)) ? [] : [otherLedger];
  } catch (error) {
    // The other checks say what is wrong with the engines.
    if (error instanceof HookwellError) return [];
    throw error;
  }
}

const otherLedger = warn(
  "Ledger",
  "The events of this queue are handled with another ledger now: a worker with these settings would not start.",
  "Set the same HOOKWELL_LEDGER=postgres://… for all workers. A machine that only receives needs none.",
);

async function wouldStart(config: Config): Promise<boolean> {
  const queue = await openQueueToLook(config);
  try {
    return (await isFree(queue)) || (await isKeptForOurs(queue, config));
  } finally {
    await queue.close();
  }
}

/** Asks with a new history, which gives the queue up again as soon as it is closed. */
const isFree = async (queue: Queue): Promise<boolean> =>
  (await queue.reserve({ name: randomUUID(), isShared: false })) > 0;

async function isKeptForOurs(queue: Queue, config: Config): Promise<boolean> {
  if (enginesToMake(config).includes("ledger")) return false;
  let ledger: Ledger;
  try {
    ledger = await openLedger(config.ledger, config.data, { isLook: true });
  } catch (error) {
    if (error instanceof NotMadeError) return false;
    throw error;
  }
  try {
    // Asked as for a shared history, so that closing this queue does not end it for those for whom it is kept.
    return (await queue.reserve({ name: await ledger.history(), isShared: true })) > 0;
  } finally {
    await ledger.close();
  }
}

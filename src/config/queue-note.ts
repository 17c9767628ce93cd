import { join } from "node:path";
import { nameOfEngine } from "../lib/engine-url.ts";
import type { Log } from "../log.ts";
import { inFolder, readIfThere } from "./data-folder.ts";
import type { Config } from "./load-config.ts";
import { writePrivateFile } from "./private-file.ts";

type Named = Pick<Config, "queue" | "data">;

/**
 * Tells the commands that open this folder which queue its events go through; they may have other flags and environment.
 * Says so if that was another one until now, in which events may still wait.
 */
export async function noteQueue(config: Named, log: Log): Promise<void> {
  const noted = await notedQueue(config);
  const named = nameOfEngine(config.queue);
  if (noted === named) return;
  if (noted !== undefined) log.warn("queue.changed", { before: noted, now: named, cure });
  await inFolder(config.data, () => writePrivateFile(pathOf(config), `${named}\n`));
}

const cure =
  "what still waits in the queue before is handled by a `hookwell process` that has it as HOOKWELL_QUEUE, while no worker of another queue has its ledger";

/** If the settings name another queue than the one that the last start on this folder had: both, for people. */
export async function otherQueue(
  config: Named,
): Promise<{ readonly noted: string; readonly named: string } | undefined> {
  const noted = await notedQueue(config);
  const named = nameOfEngine(config.queue);
  return noted === undefined || noted === named ? undefined : { noted, named };
}

async function notedQueue(config: Named): Promise<string | undefined> {
  return (await readIfThere(config.data, pathOf(config)))?.trim();
}

const pathOf = ({ data }: Named): string => join(data, "queue.txt");

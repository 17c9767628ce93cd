import { join } from "node:path";
import { nameOfEngine } from "../../lib/engines/engine-url.ts";
import type { Log } from "../../log.ts";
import { canBeWritten, inFolder, readIfThere } from "./data-folder.ts";
import type { Config } from "../load-config.ts";
import { writePrivateFile } from "./private-file.ts";
import { hasReceiver } from "./server-notes.ts";

type Named = Pick<Config, "queue" | "data">;

/** How many queues are remembered. */
const mostNoted = 10;

/**
 * Notes which queue the events of this folder go through, for commands that open the folder with other flags and
 * another environment. Warns if it was another queue until now: events may still wait in that one, and in those before
 * it.
 *
 * @param options.isWorker true if this process receives nothing; beside a receiver with another queue, it is taken to
 *   handle what waits in an earlier one
 */
export async function noteQueue(
  config: Named,
  log: Log,
  { isWorker = false }: { readonly isWorker?: boolean } = {},
): Promise<void> {
  if (!(await canBeWritten(config.data))) return;
  const noted = await notedQueues(config);
  const named = nameOfEngine(config.queue);
  if (noted[0] === named) return;
  const [before, ...earlier] = noted.filter((queue) => queue !== named);
  const isBeside = isWorker && (await hasReceiver(config.data));
  if (before !== undefined && !isBeside) {
    const others = earlier.length > 0 && { earlier: earlier.join(", ") };
    log.warn("queue.changed", { before, now: named, ...others, cure });
  }
  const first = isBeside ? [before, named] : [named, before];
  const queues = [...first, ...earlier].filter((queue) => queue !== undefined).slice(0, mostNoted);
  await inFolder(config.data, () => writePrivateFile(pathOf(config), `${queues.join("\n")}\n`));
}

const cure =
  "messages that still wait in an earlier queue are handled by a `hookwell process` with that queue as HOOKWELL_QUEUE, while no worker of another queue uses its ledger";

/** Both queues, for people, if the settings name another one than the last start on this folder had. */
export async function otherQueue(
  config: Named,
): Promise<{ readonly noted: string; readonly named: string } | undefined> {
  const [noted] = await notedQueues(config);
  const named = nameOfEngine(config.queue);
  return noted === undefined || noted === named ? undefined : { noted, named };
}

/** Whether there was a start on this folder; always false for a folder that cannot be written. */
export const hasStarted = async (config: Named): Promise<boolean> => (await notedQueues(config)).length > 0;

/** The newest first. */
async function notedQueues(config: Named): Promise<readonly string[]> {
  const text = await readIfThere(config.data, pathOf(config));
  return (text ?? "").split("\n").filter((line) => line !== "");
}

const pathOf = ({ data }: Named): string => join(data, "queue.txt");

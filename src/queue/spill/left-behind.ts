import type { Log } from "../../log.ts";
import { SpillFiles } from "./file.ts";
import { LeftFiles, numbersIn } from "./left-files.ts";
import { searchAlone } from "./search.ts";

/**
 * How many events wait in those files of a folder that no living process has, so that nobody forwards them. A file that
 * cannot be counted is logged.
 */
export async function leftBehind(data: string, log: Log): Promise<number> {
  return hasFiles(data) ? searchAlone(data, () => count(data, log)) : 0;
}

async function count(data: string, log: Log): Promise<number> {
  const files = new SpillFiles();
  const left = new LeftFiles(files, data, log);
  try {
    return await left.take();
  } finally {
    for (const file of left.all) await file.close();
    await files.close();
  }
}

/** What to do about them, for people. */
export const forwardLeft = (data: string): string =>
  `They wait in ${data} for a server: set HOOKWELL_QUEUE to it, or to the one that replaced it, and start \`hookwell receive\` or \`hookwell serve\` on that folder, until its log says queue.spill_forwarded.`;

/** Without files no thread is needed. If there is no folder, others say so. */
function hasFiles(data: string): boolean {
  try {
    return numbersIn(data).length > 0;
  } catch {
    return false;
  }
}

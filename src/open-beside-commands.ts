import { hasWorker } from "./config/folder/server-notes.ts";
import { DataInUseError } from "./errors.ts";
import { sleep } from "./lib/async/sleep.ts";
import type { Log } from "./log.ts";

/** Commands that look at events, or replay some, mostly end within a second; this long they are waited for, in ms. */
const patienceMs = 30_000;
const pauseMs = 100;

/**
 * Opens the history of a server. While no server runs, commands open the history themselves, and it can be open once: a
 * start, such as that of a supervisor, waits for them. Another server would not end by itself, so nobody waits for one.
 *
 * @throws {DataInUseError} if another server has the history, or a command for too long
 */
export async function openBesideCommands<T>(data: string, log: Log, open: () => Promise<T>): Promise<T> {
  const end = performance.now() + patienceMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof DataInUseError) || performance.now() > end || (await hasWorker(data)))
        throw error;
      if (isFirst) log.warn("ledger.in_use", { file: error.path, waitsForMs: patienceMs, cure });
      await sleep(pauseMs);
    }
  }
}

const cure = "end the command that has the file open, if it does not end by itself";

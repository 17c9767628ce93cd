import { ClosedError } from "../errors.ts";
import { pauseMs } from "../lib/pause.ts";
import { sleep } from "../lib/sleep.ts";
import { errorFields, type Log } from "../log.ts";

/**
 * Whether to log the last of this many failures in a row: the first one, and then about one a minute, since a log that
 * writes each fact only now and then may have left out the first.
 */
export const isTold = (failures: number): boolean => failures % 12 === 1;

/**
 * Tries until it works, since engines come back. Logs the first failure, then about one a minute, and the recovery.
 *
 * @param giveUp ends the trying
 * @returns undefined if it was given up
 */
export async function persist<T>(
  call: () => Promise<T>,
  fact: string,
  log: Log,
  giveUp: AbortSignal,
): Promise<T | undefined> {
  for (let tries = 1; !giveUp.aborted; tries += 1) {
    try {
      const result = await call();
      if (tries > 1) log.info(`${fact}.recovered`, { tries });
      return result;
    } catch (error) {
      if (error instanceof ClosedError) return undefined;
      if (isTold(tries)) log.error(fact, errorFields(error));
      await sleep(pauseMs(tries), giveUp);
    }
  }
  return undefined;
}

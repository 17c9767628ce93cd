import { ClosedError } from "../errors.ts";
import { pauseMs } from "../lib/async/pause.ts";
import { sleep } from "../lib/async/sleep.ts";
import { errorFields, type Log } from "../log.ts";

/**
 * Logs the last of this many failures in a row: the first one as a warning, since a connection that was cut off is there
 * again at the next try; then the second one, and about one a minute, since a log that writes each fact only now and
 * then may have left out the second.
 */
export function tellFailure(log: Log, fact: string, failures: number, error: unknown): void {
  if (failures === 1) log.warn(fact, errorFields(error));
  else if (failures % 12 === 2) log.error(fact, errorFields(error));
}

/** Logs that it works again after this many failures in a row. */
export function tellRecovery(log: Log, fact: string, failures: number): void {
  if (failures > 0) log.info(`${fact}.recovered`, { tries: failures + 1 });
}

/**
 * Tries until it works, since engines come back, and logs failures and the recovery as above.
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
  for (let failures = 0; !giveUp.aborted;) {
    try {
      const result = await call();
      tellRecovery(log, fact, failures);
      return result;
    } catch (error) {
      if (error instanceof ClosedError) return undefined;
      failures += 1;
      tellFailure(log, fact, failures, error);
      await sleep(pauseMs(failures), giveUp);
    }
  }
  return undefined;
}

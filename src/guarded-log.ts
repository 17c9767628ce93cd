import { describe, leveledLog, type Log } from "./log.ts";

/**
 * A log that was given to us: what it throws, or rejects with later, disturbs nobody who writes into it. The first time, a
 * warning of the process tells.
 */
export function guardedLog(log: Log): Log {
  let isTold = false;
  const failed = (error: unknown): void => {
    if (isTold) return;
    isTold = true;
    process.emitWarning(`The log given to Hookwell fails: ${describe(error)}`);
  };
  return leveledLog("debug", (level, fact, fields) => {
    try {
      const written: unknown = log[level](fact, fields);
      if (written !== undefined) Promise.resolve(written).catch(failed);
    } catch (error) {
      failed(error);
    }
  });
}

import { describe, leveledLog, type Log } from "./log.ts";

/**
 * Guards a log that was given to us: its failures, at once or later, do not disturb those who write into it. The first
 * one is told by a warning of the process.
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

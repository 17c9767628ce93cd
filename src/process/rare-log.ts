import { leveledLog, type Log } from "../log.ts";

/**
 * A log that writes a fact down once and then not again for `everyMs`: when many meet the same trouble, one line says
 * it. That it is over (`….recovered`) is written down once each time that it was.
 */
export function rareLog(log: Log, everyMs: number, now: () => number): Log {
  const writtenAt = new Map<string, number>();
  return leveledLog("debug", (level, fact, fields) => {
    const last = writtenAt.get(fact);
    if (last !== undefined && Math.abs(now() - last) < everyMs) return;
    writtenAt.set(fact, now());
    writtenAt.delete(`${fact}.recovered`);
    log[level](fact, fields);
  });
}

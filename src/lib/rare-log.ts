import { leveledLog, type Log } from "../log.ts";

/**
 * A log that writes a fact down once and then not again for `everyMs`: when many meet the same trouble, one line says
 * it. With a field `part` it is one fact for each, and so it is at each level: what was a warning is still news as an
 * error. That it is over (`….recovered`) is written down once each time that it was.
 */
export function rareLog(log: Log, everyMs: number, now: () => number): Log {
  const writtenAt = new Map<string, number>();
  return leveledLog("debug", (level, fact, fields) => {
    const part = fields?.["part"] === undefined ? "" : ` ${fields["part"]}`;
    const key = `${level} ${fact}${part}`;
    const last = writtenAt.get(key);
    if (last !== undefined && Math.abs(now() - last) < everyMs) return;
    writtenAt.set(key, now());
    writtenAt.delete(`info ${fact}.recovered`);
    log[level](fact, fields);
  });
}

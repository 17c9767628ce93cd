import { leveledLog, type Log, type LogFields } from "../log.ts";

/** A line of a log. */
export interface LoggedFact {
  readonly level: string;
  readonly fact: string;
  readonly fields: LogFields;
}

/** A log that only remembers. */
export interface RecordedLog {
  readonly log: Log;
  readonly lines: readonly LoggedFact[];
  /** The names of the facts that are at least as grave as `info`, in order. */
  readonly facts: () => readonly string[];
}

/**
 * @example
 * ```ts
 * const { log, facts } = recordedLog();
 * log.info("queue.opened");
 * expect(facts()).toEqual(["queue.opened"]);
 * ```
 */
export function recordedLog(): RecordedLog {
  const lines: LoggedFact[] = [];
  return {
    log: leveledLog("debug", (level, fact, fields = {}) => lines.push({ level, fact, fields })),
    lines,
    facts: () => lines.filter(({ level }) => level !== "debug").map(({ fact }) => fact),
  };
}

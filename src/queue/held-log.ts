import { leveledLog, type Log } from "../log.ts";

/** A log that keeps what it is told until it is released; if that never comes, nobody hears of it. */
export function heldLog(log: Log): { readonly log: Log; readonly release: () => void } {
  let held: (() => void)[] | undefined = [];
  return {
    log: leveledLog("debug", (level, fact, fields) => {
      const tell = (): void => log[level](fact, fields);
      if (held === undefined) tell();
      else held.push(tell);
    }),
    release: () => {
      const lines = held ?? [];
      held = undefined;
      for (const line of lines) line();
    },
  };
}

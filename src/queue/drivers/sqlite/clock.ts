import type { DatabaseSync } from "node:sqlite";

/**
 * The clock of a queue's file, in ms since 1970 as far as the machine knows. It never goes back, neither while the
 * process lives nor behind what the file has seen. If it followed a clock that is set back, messages with a delay or a
 * lease would wait for longer by as much.
 */
export function queueClock(db: DatabaseSync): () => number {
  // Done first, so that both clocks are read at the same moment: a thread loads `performance` at its first use.
  const newest = newestTime(db)();
  performance.now();
  const start = Math.max(Date.now(), newest) - performance.now();
  return () => Math.floor(start + performance.now());
}

/**
 * The clock by which messages are sent and grow old: that of the process which is furthest ahead. Those that share a
 * file may have begun before and after the machine's clock was set, and would tell each other's messages a wrong age.
 * Leases and delays do not follow it, since they would end too soon.
 *
 * @param now the clock of this process
 */
export function sharedClock(db: DatabaseSync, now: () => number): () => number {
  const newest = newestTime(db);
  let aheadMs = 0;
  return () => {
    const own = now();
    aheadMs = Math.max(aheadMs, newest() - own);
    return own + aheadMs;
  };
}

/** Gives the newest time that a process has written into the file. */
function newestTime(db: DatabaseSync): () => number {
  const seen = db.prepare(/* sql */ `
    select max(
      seen,
      coalesce((select at from pack order by id desc limit 1), 0),
      coalesce((select max(at) from delayed), 0)
    ) as newest from total`);
  return () => Number(seen.get()?.["newest"]);
}

import type { DatabaseSync } from "node:sqlite";

/**
 * The clock of a queue's file, in ms since 1970 as far as the machine knows. It never goes back, neither while the
 * process lives nor behind what the file has seen: had it followed a clock that is set back, what waits would wait for
 * as long again.
 */
export function queueClock(db: DatabaseSync): () => number {
  const seen = db.prepare(/* sql */ `
    select max(
      coalesce((select at from pack order by id desc limit 1), 0),
      coalesce((select max(at) from delayed), 0)
    ) as newest`);
  // Read before the clocks, so that they are read at the same moment.
  const newest = Number(seen.get()?.["newest"]);
  const start = Math.max(Date.now(), newest) - performance.now();
  return () => Math.floor(start + performance.now());
}

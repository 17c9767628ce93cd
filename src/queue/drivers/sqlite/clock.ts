import type { DatabaseSync } from "node:sqlite";

/**
 * The clock of a queue's file, in ms since 1970 as far as the machine knows. It never goes back, neither while the
 * process lives nor behind what the file has seen. If it followed a clock that is set back, messages with a delay or a
 * lease would wait for longer by as much.
 */
export function queueClock(db: DatabaseSync): () => number {
  const seen = db.prepare(/* sql */ `
    select max(
      seen,
      coalesce((select at from pack order by id desc limit 1), 0),
      coalesce((select max(at) from delayed), 0)
    ) as newest from total`);
  // Done first, so that both clocks are read at the same moment: a thread loads `performance` at its first use.
  const newest = Number(seen.get()?.["newest"]);
  performance.now();
  const start = Math.max(Date.now(), newest) - performance.now();
  return () => Math.floor(start + performance.now());
}

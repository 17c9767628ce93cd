import type { Entry } from "../../test/support/program/journal.ts";

/** A row that a handler wrote in the transaction of its event. */
export interface Effect {
  /** Of the process that wrote it. */
  readonly generation: number;
  /** When, on the shared clock. */
  readonly at: number;
}

/**
 * The journal as the database tells it: a handler whose row is not there has done nothing, even if it came to its end.
 *
 * @param mayVanish whether a row of a process may be missing: it died, or the server did, before it was committed
 */
export function committedOnly(
  journal: readonly Entry[],
  effects: ReadonlyMap<string, readonly Effect[]>,
  mayVanish: (generation: number) => boolean,
): readonly Entry[] {
  const begunAt = new Map<string, number>();
  return journal.map((entry) => {
    const { kind, eventId, generation, at } = entry;
    const run = `${eventId} in ${generation}`;
    if (kind === "begin") begunAt.set(run, at);
    if (kind !== "handled" || !mayVanish(generation)) return entry;
    const since = begunAt.get(run) ?? at;
    const isThere = effects.get(eventId)?.some((row) => {
      return row.generation === generation && row.at >= since && row.at <= at;
    });
    return isThere === true ? entry : { ...entry, kind: "failed" };
  });
}

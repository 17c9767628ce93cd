import type { Outcome, Settlement } from "../../driver.ts";

/** How an attempt ended, for a thread that knows the message already. */
export interface Landing extends Omit<Settlement, "message"> {
  readonly eventId: string;
}

/** Many of them, column by column: a few lists cross to the thread faster than many objects. */
export interface Landings {
  readonly eventIds: readonly string[];
  readonly kinds: readonly Outcome["kind"][];
  /** Only of those that failed, in order. */
  readonly errors: readonly string[];
  /** Places of those that are conflicts. */
  readonly conflicts: readonly number[];
  readonly startedAt: Float64Array;
  readonly endedAt: Float64Array;
}

export function packLandings(settlements: readonly Settlement[]): Landings {
  return {
    eventIds: settlements.map(({ message }) => message.eventId),
    kinds: settlements.map(({ outcome }) => outcome.kind),
    errors: settlements.flatMap(({ outcome }) => (outcome.kind === "handled" ? [] : outcome.error)),
    conflicts: settlements.flatMap(({ conflict }, index) => (conflict ? index : [])),
    startedAt: Float64Array.from(settlements, ({ startedAt }) => startedAt),
    endedAt: Float64Array.from(settlements, ({ endedAt }) => endedAt),
  };
}

export function unpackLandings(landings: Landings): readonly Landing[] {
  const conflicts = new Set(landings.conflicts);
  const errors = landings.errors.values();
  return landings.eventIds.map((eventId, index) => {
    const kind = landings.kinds[index] ?? "retry";
    return {
      eventId,
      outcome: kind === "handled" ? { kind } : { kind, error: errors.next().value ?? "" },
      conflict: conflicts.has(index),
      startedAt: landings.startedAt[index] ?? 0,
      endedAt: landings.endedAt[index] ?? 0,
    };
  });
}

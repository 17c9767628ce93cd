import type { Outcome, Settlement } from "../../driver.ts";

/** How an attempt ended, for a thread that knows the message already. */
export interface ShortSettlement extends Omit<Settlement, "message"> {
  readonly eventId: string;
}

/** Many of them, column by column: a few lists cross to the thread faster than many objects. */
export interface SettlementColumns {
  readonly eventIds: readonly string[];
  readonly kinds: readonly Outcome["kind"][];
  /** Only of those that failed, in order. */
  readonly errors: readonly string[];
  /** Places of those that are conflicts. */
  readonly conflicts: readonly number[];
  readonly startedAt: Float64Array;
  readonly endedAt: Float64Array;
}

export function toColumns(settlements: readonly Settlement[]): SettlementColumns {
  return {
    eventIds: settlements.map(({ message }) => message.eventId),
    kinds: settlements.map(({ outcome }) => outcome.kind),
    errors: settlements.flatMap(({ outcome }) => (outcome.kind === "handled" ? [] : outcome.error)),
    conflicts: settlements.flatMap(({ conflict }, index) => (conflict ? index : [])),
    startedAt: Float64Array.from(settlements, ({ startedAt }) => startedAt),
    endedAt: Float64Array.from(settlements, ({ endedAt }) => endedAt),
  };
}

export function fromColumns(columns: SettlementColumns): readonly ShortSettlement[] {
  const conflicts = new Set(columns.conflicts);
  const errors = columns.errors.values();
  return columns.eventIds.map((eventId, index) => {
    const kind = columns.kinds[index] ?? "retry";
    return {
      eventId,
      outcome: kind === "handled" ? { kind } : { kind, error: errors.next().value ?? "" },
      conflict: conflicts.has(index),
      startedAt: columns.startedAt[index] ?? 0,
      endedAt: columns.endedAt[index] ?? 0,
    };
  });
}

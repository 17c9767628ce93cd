import type { Machine } from "./machine.ts";
import type { Chart } from "./chart.ts";

/** Everything that one run found; what `--json` writes. */
export interface Report {
  readonly format: 1;
  readonly measuredAt: string;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly rows: readonly Row[];
  readonly charts: readonly Chart[];
  /** What a reader must know beside the rows: what was left out, and why. */
  readonly notes: readonly string[];
  readonly failures: readonly Failure[];
}

/** A group of rows that could not be measured. */
export interface Failure {
  readonly group: string;
  readonly why: string;
}

/** @param part of the group, if others of it were measured */
export function failureOf(group: string, error: unknown, part?: string): Failure {
  const why = Error.isError(error) ? error.message : String(error);
  return { group, why: part === undefined ? why : `${part}: ${why}` };
}

export type Unit = "requests/s" | "events/s" | "events" | "ms" | "s" | "MB";

export interface Row {
  readonly group: string;
  readonly what: string;
  readonly unit: Unit;
  /** One for each round; none if it could not be measured, and then the note stands in their place. */
  readonly samples: readonly number[];
  readonly against: Reference | null;
  readonly bar: Bar | null;
  readonly note: string | null;
}

/** What the row is compared with, measured in turn with it: one sample for each of its own. */
export interface Reference {
  readonly what: string;
  readonly samples: readonly number[];
}

export interface Bar {
  /** What is held against it: the middle of the samples, the highest of them, or the middle of the ratios. */
  readonly of: "median" | "highest" | "ratio";
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A row with what most rows lack filled in. */
export function row(
  group: string,
  what: string,
  unit: Unit,
  samples: readonly number[],
  more: Partial<Pick<Row, "against" | "bar" | "note">> = {},
): Row {
  return { group, what, unit, samples, against: null, bar: null, note: null, ...more };
}

/** Notes of rows that have figures, with the row that they belong to. */
export function notesOf(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ what, note, samples }) =>
    note === null || samples.length === 0 ? [] : [`${what.trim()}: ${note}`],
  );
}

import type { Row } from "./report.ts";

export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** `undefined` for no values at all. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [lowest, highest] = [sorted[0], sorted.at(-1)];
  if (lowest === undefined || highest === undefined) return undefined;
  return { median: median(sorted), lowest, highest };
}

/** The middle one; of an even count the mean of the two in the middle; `NaN` of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** Each sample ÷ the one of what it is compared with that was measured beside it. */
export function ratiosOf({ samples, against }: Row): readonly number[] {
  if (against === null) return [];
  if (against.samples.length !== samples.length) throw new Error("Samples are compared in pairs.");
  return samples.map((sample, index) => sample / (against.samples[index] ?? Number.NaN));
}

/** Whether a row reaches its bar; `undefined` if it has none, or nothing was measured. */
export function isMet(row: Row): boolean | undefined {
  const spread = spreadOf(row.bar?.of === "ratio" ? ratiosOf(row) : row.samples);
  if (row.bar === null || spread === undefined) return undefined;
  const value = row.bar.of === "highest" ? spread.highest : spread.median;
  return value >= (row.bar.atLeast ?? -Infinity) && value <= (row.bar.atMost ?? Infinity);
}

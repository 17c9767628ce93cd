import type { Bar, Row, Unit } from "./report.ts";
import { isMet, ratiosOf, spreadOf } from "./statistics.ts";

/** A row of the report as people read it. */
export interface Cells {
  readonly what: string;
  readonly measured: string;
  readonly against: string;
  readonly ratio: string;
  readonly spread: string;
  readonly bar: string;
}

export const titles: Cells = {
  what: "what",
  measured: "measured",
  against: "compared with",
  ratio: "ratio",
  spread: "lowest – highest",
  bar: "bar",
};

/** The spread is that of the ratios where there are any, else that of what was measured. */
export function cellsOf(row: Row): Cells {
  const measured = spreadOf(row.samples);
  const against = row.against === null ? undefined : spreadOf(row.against.samples);
  const ratio = spreadOf(ratiosOf(row));
  const spread = ratio ?? measured;
  const show = ratio === undefined ? number : twoDigits;
  return {
    what: row.what,
    measured: measured === undefined ? (row.note ?? "–") : `${number(measured.median)} ${row.unit}`,
    against: against === undefined ? "" : `${number(against.median)} ${row.against?.what}`,
    ratio: ratio === undefined ? "" : twoDigits(ratio.median),
    spread:
      spread === undefined || row.samples.length < 2
        ? ""
        : `${show(spread.lowest)} – ${show(spread.highest)}`,
    bar: row.bar === null ? "" : barText(row, row.bar),
  };
}

function barText(row: Row, bar: Bar): string {
  const unit: Unit | "" = bar.of === "ratio" ? "" : row.unit;
  const bound =
    bar.atLeast === undefined ? `≤ ${number(bar.atMost ?? Number.NaN)}` : `≥ ${number(bar.atLeast)}`;
  const met = isMet(row);
  const verdict = met === undefined ? "not measured" : met ? "met" : "missed";
  return `${[bound, unit].join(" ").trim()}, ${verdict}`;
}

const twoDigits = (value: number): string => value.toFixed(2);

/** Three digits or all before the point: 0.25, 3.14, 31.4, 314, 3,142. */
export function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

import type { RoundReport } from "./play.ts";

/** What came of a trial. */
export interface TrialResult {
  readonly fault: string;
  /** Why it was not played, if it was not. */
  readonly notPlayed: string | undefined;
  /** The error that ended it early, such as a server that did not come back, and in which round. */
  readonly brokenOff?: string;
  readonly rounds: number;
  readonly tookMs: number;
  readonly acknowledged: number;
  readonly handledAgain: number;
  readonly longestReadyMs: number;
  /** What was done, and how often. */
  readonly counts: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

export function resultOf(fault: string, reports: readonly RoundReport[], notPlayed?: string): TrialResult {
  const sum = (of: (report: RoundReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const counts: Record<string, number> = {};
  for (const [what, times] of reports.flatMap((report) => Object.entries(report.counts))) {
    counts[what] = (counts[what] ?? 0) + times;
  }
  return {
    fault,
    notPlayed,
    rounds: reports.length,
    tookMs: Math.round(sum(({ tookMs }) => tookMs)),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    handledAgain: sum(({ handledAgain }) => handledAgain),
    longestReadyMs: Math.round(Math.max(0, ...reports.map(({ readyMs }) => readyMs))),
    counts,
    violations: reports.flatMap(({ round, violations }) =>
      violations.map(({ rule, text }) => `round ${round}, ${rule}: ${text}`),
    ),
  };
}

/** What came of a trial that an error ended: what it had found until then, and that error. */
export function brokenOff(fault: string, reports: readonly RoundReport[], error: unknown): TrialResult {
  return { ...resultOf(fault, reports), brokenOff: `round ${reports.length + 1}: ${String(error)}` };
}

const whole = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 0 });

/** A line while it runs; and, should a promise be broken, the first sentences about it. */
export function progressLine(report: RoundReport): string {
  const { fault, round, tookMs, acknowledged, readyMs, handledAgain, counts, violations, journal } = report;
  const verdict = violations.length === 0 ? "all kept" : `${violations.length} VIOLATIONS`;
  const done = Object.entries(counts).map(([what, times]) => (times === 1 ? what : `${what} ×${times}`));
  const line =
    `${fault} ${round}: ${(tookMs / 1_000).toFixed(1)} s, ${whole(acknowledged)} acknowledged, ` +
    `ready after ${whole(readyMs)} ms, ${handledAgain} handled again, ${verdict}` +
    (done.length === 0 ? "" : ` (${done.join(", ")})`);
  const broken = violations.slice(0, 3).map(({ rule, text }) => `  ✗ ${rule}: ${text}`);
  const kept = journal === undefined ? [] : [`  The journal of the handlers is ${journal}`];
  return [line, ...broken, ...kept].join("\n");
}

/** A table, and below it what was done and what was violated. */
export function summary(results: readonly TrialResult[]): string {
  const head = ["fault", "rounds", "acknowledged", "handled again", "ready after", "violations"];
  const rows = results.map((result) => [
    result.fault,
    whole(result.rounds),
    whole(result.acknowledged),
    whole(result.handledAgain),
    `${whole(result.longestReadyMs)} ms`,
    result.notPlayed === undefined ? whole(result.violations.length) : "not played",
  ]);
  const widths = head.map((word, column) =>
    Math.max(word.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const cellOf = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  };
  const line = (row: readonly string[]): string => row.map(cellOf).join("  ");
  return [line(head), ...rows.map(line), "", ...results.flatMap(notes)].join("\n");
}

/** So many violations of a fault are printed; the JSON has them all. */
const printed = 10;

function notes({ fault, notPlayed, brokenOff: error, counts, violations }: TrialResult): readonly string[] {
  const done = Object.entries(counts).map(([what, times]) => `${what} ${times}`);
  const more = violations.length - printed;
  return [
    ...(notPlayed === undefined ? [] : [`${fault} was not played: ${notPlayed}.`]),
    ...(done.length === 0 ? [] : [`${fault}: ${done.join(", ")}.`]),
    ...violations.slice(0, printed).map((violation) => `✗ ${fault}, ${violation}`),
    ...(more > 0 ? [`✗ ${fault}: and ${more} more.`] : []),
    ...(error === undefined ? [] : [`✗ ${fault} broke off in ${error}`]),
  ];
}

import { machineLines } from "./machine.ts";
import { type Cells, cellsOf, titles } from "./cells.ts";
import { notesOf, type Report } from "./report.ts";

const columns = ["what", "measured", "against", "ratio", "spread", "bar"] as const;
const right: ReadonlySet<string> = new Set(["measured", "ratio"]);

/** The report for a terminal: the machine, one table, what is to be said about its rows. */
export function textOf(report: Report): string {
  const table = [titles, ...report.rows.map(cellsOf)];
  const widths = columns.map((column) => Math.max(...table.map((cells) => cells[column].length)));
  const blocks = [
    machineLines(report.machine),
    report.rows.length === 0 ? [] : table.map((cells) => line(cells, widths)),
    [...(report.quick ? [quickNote] : []), ...report.notes, ...notesOf(report.rows)].map(
      (note) => `* ${note}`,
    ),
    report.failures.map(({ group, why }) => `NOT MEASURED: ${group}. ${why}`),
  ];
  const shown = blocks.filter((lines) => lines.length > 0);
  return `${shown.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

export const quickNote =
  "A quick run: short rounds and small sizes. Its figures show that it works, not how fast it is.";

function line(cells: Cells, widths: readonly number[]): string {
  const padded = columns.map((column, index) => {
    const width = widths[index] ?? 0;
    return right.has(column) ? cells[column].padStart(width) : cells[column].padEnd(width);
  });
  return padded.join("  ").trimEnd();
}

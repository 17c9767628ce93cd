import type { ExitCode, Input } from "../command.ts";
import { dimLine } from "../view/dim-line.ts";
import { jsonLine } from "../view/json-line.ts";
import { type Column, tableLines } from "../view/table.ts";

interface RowsView<T> {
  readonly columns: readonly Column<T>[];
  /** What `--json` prints of a row; default: all of it. */
  readonly json?: (row: T) => object;
  /** What to say when there is nothing. */
  readonly nothing: string;
}

/** Prints rows: a table for people, one JSON object per line with `--json`. */
export function printRows<T extends object>(
  { options, io: { stdout, stderr } }: Input,
  rows: readonly T[],
  { columns, json = (row) => row, nothing }: RowsView<T>,
): ExitCode {
  if (options.has("json")) for (const row of rows) stdout.write(jsonLine(json(row)));
  else if (rows.length > 0) stdout.write(`${tableLines(columns, rows, stdout).join("\n")}\n`);
  else stderr.write(dimLine(nothing, stderr));
  return 0;
}

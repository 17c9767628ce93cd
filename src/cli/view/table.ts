import type { Output } from "../io.ts";
import { cutEnd, cutMiddle, pad, widthOf } from "./width.ts";

/** A column of a table over rows of `T`. One that has neither a title nor anything in it is left out. */
export interface Column<T> {
  readonly title: string;
  /** Printable text without styling. */
  readonly cell: (row: T) => string;
  /** Styles a cell that has its final width. */
  readonly paint?: (cell: string, row: T) => string;
  readonly align?: "right";
  /** How a cell is cut if the terminal is too narrow; columns without it never are. */
  readonly cut?: "middle" | "end";
  /**
   * The column is cut below this width only if the terminal is too narrow even for the columns that cannot be left out.
   * Default 8.
   */
  readonly least?: number;
  /** True to leave the column out if the terminal is too narrow for it; of several such columns the last goes first. */
  readonly optional?: boolean;
}

const gap = "  ";
/** Less than this of a cell says nothing. */
const fewest = 8;

/**
 * Rows as lines. On a terminal they fit its width as far as columns can be cut, the widest first; elsewhere, such as
 * in a pipe, nothing is cut.
 */
export function tableLines<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  output: Pick<Output, "isTTY" | "columns" | "palette">,
): readonly string[] {
  const shown = layOut(columns, rows, output);
  const head = shown.map(({ column, width }) => cellText(column, column.title, width));
  const body = rows.map((row) =>
    shown.map(({ column, width }) => {
      const text = cellText(column, column.cell(row), width);
      return column.paint === undefined ? text : column.paint(text, row);
    }),
  );
  return [output.palette.dim(head.join(gap).trimEnd()), ...body.map((cells) => cells.join(gap).trimEnd())];
}

function cellText<T>(column: Column<T>, text: string, width: number): string {
  const cut = column.cut === "middle" ? cutMiddle(text, width) : cutEnd(text, width);
  return pad(cut, width, column.align);
}

interface Shown<T> {
  readonly column: Column<T>;
  readonly width: number;
}

function layOut<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  { isTTY, columns: available }: Pick<Output, "isTTY" | "columns">,
): readonly Shown<T>[] {
  const all = columns.map((column) => ({ column, width: naturalWidth(column, rows) }));
  const filled = all.filter(({ width }) => width > 0);
  if (!isTTY) return filled;
  let shown = filled;
  for (;;) {
    const fitted = fit(shown, available, ({ least = fewest }) => least);
    if (totalOf(fitted) <= available) return fitted;
    const last = shown.findLastIndex(({ column }) => column.optional === true);
    if (last === -1) return fit(fitted, available, () => fewest);
    shown = shown.toSpliced(last, 1);
  }
}

function naturalWidth<T>(column: Column<T>, rows: readonly T[]): number {
  return rows.reduce((widest, row) => Math.max(widest, widthOf(column.cell(row))), widthOf(column.title));
}

const totalOf = (shown: readonly { readonly width: number }[]): number =>
  shown.reduce((sum, { width }) => sum + width, gap.length * (shown.length - 1));

/** Takes from the widest column that may be cut, until all fit or none may. */
function fit<T>(
  shown: readonly Shown<T>[],
  available: number,
  leastOf: (column: Column<T>) => number,
): readonly Shown<T>[] {
  const fitted = shown.map(({ column, width }) => ({ column, width }));
  for (let over = totalOf(fitted) - available; over > 0; over -= 1) {
    const cuttable = fitted.filter(
      ({ column, width }) => column.cut !== undefined && width > leastOf(column),
    );
    const widest = cuttable.reduce<(typeof fitted)[number] | undefined>(
      (widest, one) => (widest === undefined || one.width > widest.width ? one : widest),
      undefined,
    );
    if (widest === undefined) break;
    widest.width -= 1;
  }
  return fitted;
}

import type { ApiClient, Query } from "./api-client.ts";
import type { Input } from "./command.ts";
import { usualLimit } from "./list-options.ts";
import { items } from "./pages.ts";
import { paletteFor } from "./palette.ts";
import { type Column, tableLines } from "./table.ts";

export interface ListView<T> {
  readonly path: string;
  readonly query: Query;
  readonly columns: readonly Column<T>[];
  /** What to say when there is nothing. */
  readonly nothing: string;
}

/** Prints a list: a table for people, one JSON object per line with `--json`. */
export async function printList<T>(
  client: ApiClient,
  { options, io }: Input,
  view: ListView<T>,
): Promise<void> {
  const { stdout, stderr, env } = io;
  const limit = options.number("limit") ?? usualLimit;
  if (options.has("json")) {
    for await (const item of items<T>(client, view.path, view.query, limit))
      stdout.write(`${JSON.stringify(item)}\n`);
    return;
  }
  const rows: T[] = [];
  // One more than is shown tells whether there are more.
  for await (const item of items<T>(client, view.path, view.query, limit + 1)) rows.push(item);
  const palette = paletteFor(stdout, env);
  if (rows.length === 0) {
    stderr.write(`${paletteFor(stderr, env).dim(view.nothing)}\n`);
    return;
  }
  const lines = tableLines(view.columns, rows.slice(0, limit), stdout, palette);
  stdout.write(`${lines.join("\n")}\n`);
  if (rows.length > limit && stdout.isTTY) {
    stderr.write(`${palette.dim(`The newest ${limit}; there are more: --limit ${limit * 4}`)}\n`);
  }
}

import type { ApiClient, Query } from "../client/api-client.ts";
import type { ExitCode, Input } from "../command.ts";
import { usualLimit } from "../list-options.ts";
import { items } from "../client/pages.ts";
import { type Column, tableLines } from "./table.ts";
import { withClient } from "../client/with-client.ts";
import { dimLine } from "./dim-line.ts";
import { jsonLine } from "./json-line.ts";

export interface ListView<T> {
  readonly path: string;
  readonly query: Query;
  readonly columns: readonly Column<T>[];
  /** What to say when there is nothing. */
  readonly nothing: string;
}

/** Prints a list: a table for people, one JSON object per line with `--json`. */
export function printList<T>(input: Input, view: ListView<T>): Promise<ExitCode> {
  return withClient(input, (client) => print(client, input, view));
}

async function print<T>(client: ApiClient, { options, io }: Input, view: ListView<T>): Promise<void> {
  const { stdout, stderr } = io;
  const asked = options.number("limit");
  const limit = asked ?? usualLimit;
  const say = (text: string): void => void stderr.write(dimLine(text, stderr));
  const sayMore = (): void => say(`The newest ${limit}; there are more: --limit ${limit * 4}`);
  // One more is asked for than is shown, which tells whether there are more. Programs that say how many they want need
  // not know.
  const isEnough = options.has("json") && asked !== undefined;
  const found = items<T>(client, view.path, view.query, isEnough ? limit : limit + 1);
  if (options.has("json")) {
    let count = 0;
    for await (const item of found) {
      count += 1;
      if (count > limit) break;
      await stdout.room();
      stdout.write(jsonLine(item));
    }
    if (count > limit) sayMore();
    return;
  }
  const rows = await Array.fromAsync(found);
  if (rows.length === 0) return say(view.nothing);
  const lines = tableLines(view.columns, rows.slice(0, limit), stdout);
  stdout.write(`${lines.join("\n")}\n`);
  if (rows.length > limit) sayMore();
}

/** `npm run bench`: measures, prints one table, and writes it down where asked to. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { groups } from "./groups/groups.ts";
import { measureAll } from "./measure-all.ts";
import { helpText, type Options, optionsOf } from "./options.ts";
import type { Report } from "./report/report.ts";
import { textOf } from "./report/text.ts";
import { writeDocs } from "./report/write-docs.ts";

const options = optionsOf(
  process.argv.slice(2),
  groups.map(({ name }) => name),
);
if (typeof options === "string") {
  process.stderr.write(`${options}\nnpm run bench -- --help tells more.\n`);
  process.exitCode = 2;
} else if (options.help) {
  process.stdout.write(helpText(groups));
} else {
  await main(options);
}

async function main({ from, json, docs, ...options }: Options): Promise<void> {
  const report =
    from === undefined ? await measureAll(options) : (JSON.parse(readFileSync(from, "utf8")) as Report);
  process.stdout.write(textOf(report));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (docs) writeDocs(report, join(import.meta.dirname, "../docs"));
  if (report.failures.length > 0) process.exitCode = 1;
}

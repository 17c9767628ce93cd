/** `npm run bench`: measures, prints one table, and writes it down where asked to. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { groups } from "./groups/groups.ts";
import { measureAll } from "./measure-all.ts";
import { helpText, type Options, optionsOf } from "./options.ts";
import { withGroups } from "./report/merge.ts";
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

async function main({ json, docs, ...options }: Options): Promise<void> {
  const report = await reportOf(options);
  process.stdout.write(textOf(report));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (docs) writeDocs(report, join(import.meta.dirname, "../docs"));
  if (report.failures.length > 0) process.exitCode = 1;
}

/** Measured, read, or some of both. */
async function reportOf({ from, ...options }: Omit<Options, "json" | "docs">): Promise<Report> {
  if (from === undefined) return measureAll(options);
  const earlier = JSON.parse(readFileSync(from, "utf8")) as Report;
  if (options.only.length === 0) return earlier;
  const order = groups.map(({ name }) => name);
  return withGroups(earlier, await measureAll(options), { groups: options.only, order });
}

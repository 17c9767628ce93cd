import { readFileSync, writeFileSync } from "node:fs";
import { generated } from "./docs/generated.ts";
import { replaceMarked } from "./docs/marked.ts";
import { schemaFiles, textOf } from "./schemas/files.ts";

/** Writes the generated parts of the pages in docs, and the schemas. A test fails while one of them is out of date. */
for (const { file, name, make } of generated) {
  const part = await make();
  rewrite(file, name, (page) => replaceMarked(page, name, part));
}
for (const { file, make } of schemaFiles) rewrite(file, "the schema", () => textOf(make()));

function rewrite(file: string, what: string, change: (before: string) => string): void {
  const path = new URL(`../docs/${file}`, import.meta.url);
  const before = readFileSync(path, "utf8");
  const after = change(before);
  if (after === before) return;
  writeFileSync(path, after);
  process.stdout.write(`docs/${file}: ${what} written\n`);
}

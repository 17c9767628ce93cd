import { readFileSync, writeFileSync } from "node:fs";
import { generated } from "./docs/generated.ts";
import { replaceMarked } from "./docs/marked.ts";
import { schemaFiles, textOf } from "./schemas/files.ts";

/** Writes the generated parts of the pages in docs, and the schemas. A test fails while one of them is out of date. */
for (const { file, name, make } of generated) {
  const path = new URL(`../docs/${file}`, import.meta.url);
  const before = readFileSync(path, "utf8");
  const after = replaceMarked(before, name, await make());
  if (after === before) continue;
  writeFileSync(path, after);
  process.stdout.write(`docs/${file}: ${name} written\n`);
}

for (const { file, make } of schemaFiles) {
  writeFileSync(new URL(`../docs/${file}`, import.meta.url), textOf(make()));
  process.stdout.write(`docs/${file} written\n`);
}

import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { envOf, program } from "../support/program/built.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** How a start ends whose configuration file has this text. */
async function startWith(text: string): Promise<{ readonly code: number | null; readonly stderr: string }> {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, "hookwell.config.mjs"), text);
  const { status, stderr } = spawnSync(process.execPath, [program, "serve"], {
    cwd: folder.path,
    env: envOf({}),
    encoding: "utf8",
  });
  return { code: status, stderr: stderr.replaceAll(/\s+/g, " ") };
}

test.each([
  ["a folder", 'import "./";', "Directory import"],
  ["a part of Node that there is not", 'import "node:no";', "No such built-in module: node:no."],
  ["a URL", 'import "https://127.0.0.1/a.mjs";', "Only URLs with a scheme in:"],
  ["a package that is not there", 'import "not-there";', "Cannot find package 'not-there'."],
  [
    "a package that is not there, by require",
    'import { createRequire } from "node:module"; createRequire(import.meta.url)("not-there");',
    "Cannot find module 'not-there'.",
  ],
])("an import of %s never works, so that no supervisor should try again", async (_what, text, sentence) => {
  const { code, stderr } = await startWith(text);

  expect(stderr).toContain(`✗ hookwell.config.mjs cannot be loaded: ${sentence}`);
  expect(code).toBe(2);
});

test("a file that throws may load later", async () => {
  const { code, stderr } = await startWith("throw new Error('no database');");

  expect(stderr).toBe("✗ hookwell.config.mjs:1 throws: no database. ");
  expect(code).toBe(1);
});

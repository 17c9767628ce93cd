import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sample } from "../../src/sandbox/samples.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { testEnv } from "../support/program/app.ts";
import { envOf, program, start } from "../support/program/built.ts";
import { clientOf } from "../support/program/client.ts";
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

test("under node --watch, what is written is in force without a stop by hand, also after a mistake", async () => {
  await using folder = await tempFolder();
  const write = (text: string): Promise<void> => writeFile(join(folder.path, "hookwell.config.mjs"), text);
  const printing = (word: string): string =>
    `export default { handlers: { "*": () => console.log("${word}") } };`;
  await write(printing("first"));
  await using watching = await start(process.execPath, ["--watch", program, "serve"], {
    cwd: folder.path,
    env: { ...testEnv(join(folder.path, "data")), HOOKWELL_LOG_LEVEL: "info" },
    ready: /"app\.ready"/,
  });
  const told = (word: string): readonly string[] => watching.lines.filter((line) => line.includes(word));

  await write("export default {");
  await eventually(() => expect(told("has a syntax error")).not.toEqual([]));
  await write(printing("second"));
  // One change may start it more than once.
  await eventually(async () => {
    const last = told('"app.ready"').slice(1).at(-1) ?? "{}";
    await clientOf((JSON.parse(last) as { url: string }).url).send(sample("message.sent"));
  });

  await eventually(() => expect(told("second")).toEqual(["second"]));
  expect(told("first")).toEqual([]);
});

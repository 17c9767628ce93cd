import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sign } from "../../src/event/signature.ts";
import { createSandbox, type ListeningSandbox, serveSandbox } from "../../src/sandbox/index.ts";
import { program, root, startBuilt, type BuiltHookwell } from "../support/program/built.ts";
import { clientOf, testToken } from "../support/program/client.ts";
import { blocks, pages, pastable } from "../support/program/pages.ts";
import { tempProject } from "../support/program/project.ts";
import { runShell } from "../support/program/shell.ts";
import { tempFolder, type TempFolder } from "../support/temp-folder.ts";

const run = promisify(execFile);
const samples = join(root, "src/sandbox/samples");

let hookwell: BuiltHookwell;
let sandbox: ListeningSandbox;
let folder: TempFolder;
/** What pages take for granted. */
let world: Readonly<Record<string, string>>;

/** A Hookwell with every known event in it, its program on the PATH, and a sandbox. */
beforeAll(async () => {
  folder = await tempFolder();
  const [data, bin] = [join(folder.path, ".hookwell"), join(folder.path, "bin")];
  hookwell = await startBuilt(folder.path, { HOOKWELL_DATA: data, HOOKWELL_TOKEN: testToken });
  await mkdir(bin);
  await symlink(program, join(bin, "hookwell"));
  const secret = await firstSecret(data);
  const client = clientOf(hookwell.url);
  for (const name of await readdir(samples)) {
    const body = await readFile(join(samples, name));
    const { status } = await client.send(body, { signature: sign(body, secret) });
    assert.equal(status, 200, `${name} was answered with ${status}`);
  }
  await client.settled();
  await writeFile(join(folder.path, "body.json"), '{"name":"message.sent"}');
  const sender = createSandbox();
  sandbox = await serveSandbox(sender);
  world = {
    SANDBOX: sandbox.url,
    HOOKWELL_API: sandbox.url,
    HOOKWELL_API_TOKEN: sender.credentials.token,
    HOOKWELL_API_SPACE: sender.credentials.apiSpaceId,
    HOOKWELL_DATA: data,
    BIN: bin,
    URL: hookwell.url.replace(/\/$/, ""),
    TOKEN: testToken,
    HOOKWELL_TOKEN: testToken,
    SECRET: secret,
    SIGNATURE: sign('{"name":"message.sent"}', secret),
  };
});

async function firstSecret(data: string): Promise<string> {
  const { secrets } = JSON.parse(await readFile(join(data, "secrets.json"), "utf8")) as {
    readonly secrets: readonly { readonly value: string }[];
  };
  return secrets[0]?.value ?? "";
}

afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await hookwell[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const withCommand = (script: string): string => `PATH="$BIN:$PATH"\n${script}`;

test.each(pages.filter((page) => page !== "README.md" && pastable(page) !== ""))(
  "the commands of %s can be pasted",
  async (page) => {
    const shell = await runShell(withCommand(pastable(page)), { cwd: folder.path, env: world });

    expect(shell).toMatchObject({ code: 0 });
    expect(shell.stdout).not.toContain('{"error":');
  },
);

/** Blocks that end with a certain code, and what the block behind each says that they print. */
const ending = pages.flatMap((page) => {
  const all = blocks(page);
  return all.flatMap(({ at, text, marks }, index) => {
    const next = all[index + 1];
    const prints = next?.language === "text" ? next.text : undefined;
    return marks.has("exit") ? [{ at, text, code: Number(marks.get("exit")), prints }] : [];
  });
});

test.each(ending)("the command at $at ends as it says", async ({ text, code, prints }) => {
  const shell = await runShell(withCommand(text), { cwd: folder.path, env: world });

  expect(shell).toMatchObject({ code, stdout: prints ?? shell.stdout });
});

test("every block of TypeScript in the pages fits the types of the package", async () => {
  const sources = pages
    .flatMap(blocks)
    .filter(({ language, marks }) => language === "ts" && !marks.has("nocheck"));
  const files = sources.map(({ at, text }) => [`${at.replaceAll(/\W/g, "-")}.ts`, text] as const);
  // Under their own names as well, by which others import them.
  const named = sources.map(({ text, marks }) => [marks.get("file") ?? "unnamed.ts", text] as const);
  const config = {
    extends: join(root, "tsconfig.json"),
    // As in a user's project; but the sources instead of an older build.
    compilerOptions: {
      declaration: false,
      isolatedDeclarations: false,
      // What a compiler takes by default, and what the sources need.
      lib: ["ES2025", "ESNext.Array", "ESNext.Disposable", "DOM", "DOM.Iterable"],
      paths: {
        hookwell: [join(root, "src/index.ts")],
        "hookwell/sandbox": [join(root, "src/sandbox/index.ts")],
        "hookwell/testing": [join(root, "src/kit/index.ts")],
        "hookwell/client": [join(root, "src/client/index.ts")],
      },
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: ["*.ts"],
  };
  await using project = await tempProject(
    { ...Object.fromEntries([...named, ...files]), "tsconfig.json": JSON.stringify(config) },
    ["@types", "drizzle-orm", "knex", "kysely", "pg", "vitest"],
  );

  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const mistakes = await run(process.execPath, [tsc, "-p", project.path]).then(
    () => "",
    (error: { readonly stdout: string }) => error.stdout,
  );

  expect(files.length).toBeGreaterThan(5);
  expect(mistakes).toBe("");
});

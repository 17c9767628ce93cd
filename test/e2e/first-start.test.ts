import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startApp } from "../../src/app.ts";
import { readSecrets } from "../../src/config/secrets/secrets.ts";
import { startTestApp } from "../support/program/app.ts";
import { type Finished, runCli } from "../support/program/cli.ts";
import { testServer } from "../support/network/http-server.ts";
import { tempFolder } from "../support/temp-folder.ts";

const start = (cwd: string, env: Record<string, string>): Promise<Finished> =>
  runCli(["serve", "--event-log", "off"], { cwd, env, startApp });

/** What the files of the data folder say that was made. */
async function madeIn(cwd: string): Promise<{ readonly secret: string; readonly token: string | undefined }> {
  const read = (name: string): Promise<string> => readFile(join(cwd, ".hookwell", name), "utf8");
  const { secrets } = JSON.parse(await read("secrets.json")) as { secrets: readonly [{ value: string }] };
  return { secret: secrets[0].value, token: await read("token").catch(() => undefined) };
}

test("a first start that fails at its port shows the secret and the token that it made, since no later one does", async () => {
  await using folder = await tempFolder();
  await using other = await testServer((_, response) => response.end());

  const { code, stderr } = await start(folder.path, { PORT: new URL(other.url).port });

  const { secret, token } = await madeIn(folder.path);
  expect(code).toBe(1); // Whoever has the port may leave it, so a supervisor should try again.
  expect(stderr).toContain(`${secret}\n`);
  expect(stderr).toContain(`${token?.trimEnd()}\n\n✗ PORT`);
});

test("one that fails at an engine makes neither, so there is nothing to be shown", async () => {
  await using folder = await tempFolder();

  const { code, stderr } = await start(folder.path, { HOOKWELL_LEDGER: `sqlite:${folder.path}` });

  expect([code, await readSecrets(join(folder.path, ".hookwell"))]).toEqual([1, []]);
  expect(stderr).not.toContain("New secret");
});

test("so does one that is refused beside another on its folder, whose secret is in its environment", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, ".hookwell");
  await using _first = await startTestApp({ data });

  const { code, stderr } = await start(folder.path, { PORT: "0" });

  expect([code, await readSecrets(data)]).toEqual([1, []]);
  expect(stderr).toContain("is in use by another Hookwell process");
  expect(stderr).not.toContain("New secret");
});

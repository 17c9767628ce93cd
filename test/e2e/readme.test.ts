import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { firstAnswer, program, root, start, startBuilt } from "../support/program/built.ts";
import { runCli } from "../support/program/cli.ts";
import { clientOf, testSecret, testToken } from "../support/program/client.ts";
import { freePort } from "../support/network/free-port.ts";
import { blocks, fileIn, pastable } from "../support/program/pages.ts";
import { tempProject } from "../support/program/project.ts";
import { runShell } from "../support/program/shell.ts";
import { tempFolder } from "../support/temp-folder.ts";

const sample = (name: string): Promise<Buffer> => readFile(join(root, `src/sandbox/samples/${name}.json`));

test("the first ten minutes of README.md can be pasted, and show what it says", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "data");
  await using hookwell = await startBuilt(folder.path, { HOOKWELL_DATA: data, HOOKWELL_TOKEN: testToken });
  const args = [program, "sandbox", "--seed", "1", "--port", "0", "--time-scale", "10"];
  const ready = /sandbox\.ready/;
  await using sandbox = await start(process.execPath, args, { cwd: folder.path, ready });
  const { url } = JSON.parse(sandbox.readyLine) as { readonly url: string };

  const script = pastable("README.md");
  const built = await statOfBuild();
  // A cache of its own, as that of a machine on which no command was ever run with npx.
  const npm = { npm_config_cache: join(folder.path, "npm") };
  const env = {
    PORT: hookwell.port,
    HOOKWELL_DATA: data,
    HOOKWELL_TOKEN: testToken,
    HOOKWELL_API: url,
    ...npm,
  };
  // A person looks when the message has arrived.
  const [sending = "", looking = ""] = script.split(/(?=npx hookwell events)/);
  const sent = await runShell(sending, { cwd: root, env });
  const client = clientOf(hookwell.url);
  await eventually(async () => expect((await client.stats()).events.handled).toBe(4));
  const looked = await runShell(looking, { cwd: root, env });

  // npx prepares the package; it must not build it anew under the feet of the program that runs.
  expect(await statOfBuild()).toEqual(built);
  expect([sent.code, looked.code]).toEqual([0, 0]);
  const [screen] = blocks("README.md").filter(({ marks }) => marks.has("screen"));
  const command = looking.trim().split("\n").at(-1)?.replace("npx hookwell ", "").split(" ") ?? [];
  const columns = Number(screen?.marks.get("screen"));
  const shown = await runCli(command, {
    cwd: folder.path,
    env: { HOOKWELL_DATA: data, HOOKWELL_TOKEN: testToken },
    columns,
  });
  expect(timeless(shown.stdout)).toBe(timeless(screen?.text ?? ""));
});

async function statOfBuild(): Promise<object> {
  const { ino, mtimeMs } = await stat(join(root, "dist/cli/run.js"));
  return { ino, mtimeMs };
}

/** Without what differs from one run, or one time zone, to the next. */
const timeless = (screen: string): string =>
  screen
    .replaceAll(/\d+[smhd] ago|now\b/g, "… ago")
    .replaceAll(/\d{4}-\d\d-\d\d/g, "----------")
    .replaceAll(/\d\d:\d\d:\d\d\.\d{3}/g, "--:--:--.---")
    .replaceAll(/ +\+[\d.]+ m?s/g, " + …")
    .trimEnd();

test("the configuration of README.md takes the events that it is written for", async () => {
  await using project = await tempProject({
    "hookwell.config.ts": fileIn("README.md", "hookwell.config.ts"),
  });
  await using hookwell = await startBuilt(project.path, {
    HOOKWELL_SECRET: testSecret,
    HOOKWELL_TOKEN: testToken,
  });
  const client = clientOf(hookwell.url);

  await client.send(await sample("message.failed"));
  await client.send(await sample("chat.closed"));
  const stats = await client.settled();

  expect(stats.events.handled).toBe(2);
  expect(hookwell.lines.filter((line) => line.includes('"not_delivered"'))).toHaveLength(1);
});

test.each(["README.md", "docs/embed.md"])(
  "the server of %s takes signed events and hands them on",
  async (page) => {
    await using project = await tempProject({ "server.ts": fileIn(page, "server.ts") });
    const port = await freePort();
    await using server = await start(process.execPath, ["server.ts"], {
      cwd: project.path,
      env: { PORT: port, WEBHOOK_SECRET: testSecret },
    });

    const client = clientOf(`http://127.0.0.1:${port}/webhooks`);
    const body = await sample("message.failed");
    const { status } = await firstAnswer(server, () => client.send(body));

    expect(status).toBe(200);
    await eventually(() => expect(server.lines.join("\n")).toMatch(/message\.failed|a62e4/));
  },
);

import { expect, test } from "vitest";
import { startTestApp, testEnv } from "../support/program/app.ts";
import { type Finished, runCli } from "../support/program/cli.ts";
import { freePort } from "../support/network/free-port.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A command as in another terminal, which knows the data folder and neither port nor path. */
function inAnotherTerminal(data: string, argv: readonly string[]): Promise<Finished> {
  const { PORT: _, ...env } = testEnv(data);
  return runCli(argv, { cwd: data, env });
}

test("a receiver is found by its data folder, whatever its port and path", async () => {
  await using app = await startTestApp({ parts: "receive", env: { HOOKWELL_PATH: "/hooks" } });

  const sent = await inAnotherTerminal(app.data, ["send"]);
  const { stdout } = await inAnotherTerminal(app.data, ["doctor"]);

  expect([sent.code, sent.stdout]).toEqual([0, expect.stringMatching(/✓ 200 {4}3\n/)]);
  const where = new URL(app.url).origin;
  expect(stdout).toContain(`✓ Engines       queue of ${where} answers`);
  expect(stdout).toContain(`✓ Port          Hookwell runs at ${where}`);
});

test("the doctor finds both halves on a data folder, each on its port", async () => {
  await using folder = await tempFolder();
  await using receiver = await startTestApp({ parts: "receive", data: folder.path });
  await using worker = await startTestApp({ parts: "process", data: folder.path });

  const { code, stdout } = await inAnotherTerminal(folder.path, ["doctor"]);

  expect(code).toBe(0);
  for (const { url } of [receiver, worker])
    expect(stdout).toContain(`✓ Port          Hookwell runs at ${new URL(url).origin}\n`);
  expect(stdout).toContain("queue and ledger of");
});

test("the doctor says nothing of an engine of its own settings in the place of that of the server, which is away", async () => {
  await using folder = await tempFolder();
  const queue = `redis://127.0.0.1:${await freePort()}`;
  await using worker = await startTestApp({
    parts: "process",
    data: folder.path,
    env: { HOOKWELL_QUEUE: queue },
  });

  const { code, stdout } = await inAnotherTerminal(folder.path, ["doctor"]);

  expect(code).toBe(1);
  expect(stdout).toContain(`✗ Engines       queue: failed, at ${new URL(worker.url).origin}`);
  expect(stdout).toContain(`had ${queue} as its queue.`);
  expect(stdout).not.toContain("✓ Queue");
});

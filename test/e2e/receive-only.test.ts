import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLocalApi } from "../../src/local-api.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestApp, type TestApp, testEnv } from "../support/program/app.ts";
import { type Finished, runCli } from "../support/program/cli.ts";
import { answers } from "../support/servers/engines.ts";
import { ownSchema } from "../support/drivers/postgres-harness.ts";
import { tempFolder } from "../support/temp-folder.ts";

interface Machine extends AsyncDisposable {
  readonly app: TestApp;
  readonly queue: string;
  /** A command as in another terminal, which knows the data folder, and the queue only if it is told. */
  readonly run: (argv: readonly string[]) => Promise<Finished>;
}

/** A machine that only receives, into a queue that is elsewhere; one request was refused. */
async function aReceivingMachine(): Promise<Machine> {
  const elsewhere = await tempFolder();
  const queue = `sqlite:${join(elsewhere.path, "queue.db")}`;
  const app = await startTestApp({ parts: "receive", env: { HOOKWELL_QUEUE: queue } });
  await app.send("{}", { signature: null });
  return {
    app,
    queue,
    run: (argv) => runCli(argv, { cwd: app.data, env: testEnv(app.data), openLocalApi }),
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]();
      await elsewhere[Symbol.asyncDispose]();
    },
  };
}

test("a look at a machine that only receives shows its quarantine and makes no files of other parts", async () => {
  await using machine = await aReceivingMachine();

  // The answer does not wait for it to be kept.
  await eventually(async () => {
    const { stdout } = await machine.run(["quarantine", "list"]);
    expect(stdout).toContain("unsigned");
  });
  await machine.run(["doctor"]);
  const files = await readdir(machine.app.data);

  expect(files.filter((name) => /^(queue|ledger)\.db/.test(name))).toEqual([]);
});

test("who asks such a machine for its history is told where it is", async () => {
  await using machine = await aReceivingMachine();

  const { code, stderr } = await machine.run(["events"]);

  expect(code).toBe(2);
  expect(stderr).toContain("Name a server that processes events with --server");
});

test("the doctor says that a receiver has another queue than these settings, and nothing of what waits in theirs", async () => {
  await using machine = await aReceivingMachine();

  const stdout = await faultless(machine, []);

  expect(stdout).toContain(`had ${machine.queue} as its queue.`);
  expect(stdout).toContain("→ Set HOOKWELL_QUEUE");
  expect(stdout).not.toContain("0 waiting");
  const told = await faultless(machine, ["--queue", machine.queue]);
  expect(told).not.toContain("These settings name");
  expect(told).toContain("0 waiting");
});

test.skipIf(!(await answers("postgres")))(
  "the doctor asks for no ledger where only a receiver runs, whose workers are elsewhere",
  async () => {
    await using schema = ownSchema();
    const queue = { HOOKWELL_QUEUE: schema.url };
    await using worker = await startTestApp({
      parts: "process",
      env: { ...queue, HOOKWELL_LEDGER: schema.url },
    });
    await using receiver = await startTestApp({ parts: "receive", env: queue });
    const run = (argv: readonly string[]): Promise<Finished> =>
      runCli(argv, { cwd: receiver.data, env: { ...testEnv(receiver.data), ...queue }, openLocalApi });

    const stdout = await faultless({ run }, []);

    expect(stdout).toContain("Queue");
    expect(stdout).not.toContain("Ledger");
    expect(await worker.stats()).toMatchObject({ queue: { depth: 0 } });
  },
);

/** What the doctor says once it finds no fault: that a busy machine answers too late for it is one. */
const faultless = (machine: Pick<Machine, "run">, argv: readonly string[]): Promise<string> =>
  eventually(async () => {
    const { code, stdout } = await machine.run(["doctor", ...argv]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    return stdout;
  });

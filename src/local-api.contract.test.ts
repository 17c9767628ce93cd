import { mkdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { answers } from "../test/support/servers/engines.ts";
import { type Finished, runCli } from "../test/support/program/cli.ts";
import { ownQueue } from "../test/support/servers/own-queue.ts";
import { ownSchema } from "../test/support/drivers/postgres-harness.ts";
import { tempFolder } from "../test/support/temp-folder.ts";
import { openPostgresLedger } from "./ledger/drivers/postgres/ledger.ts";
import { openLocalApi } from "./local-api.ts";

const schemasOf = async ({ name, query }: ReturnType<typeof ownSchema>): Promise<number> =>
  (await query("select 1 from pg_namespace where nspname = $1", [name])).length;

test
  .skipIf(!(await answers("postgres")))
  .for([["events"], ["dead-letters", "list"], ["show", "e1"], ["dead-letters", "replay", "e1"]])(
  "%j with a mistyped ?schema= says so and makes nothing",
  async (argv) => {
    await using folder = await tempFolder();
    await using schema = ownSchema();
    const env = { HOOKWELL_DATA: folder.path, HOOKWELL_LEDGER: schema.url };

    const { code, stdout, stderr } = await runCli(argv, { cwd: folder.path, env, openLocalApi });

    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.replaceAll(/\s+/g, " ")).toMatch(
      new RegExp(
        `HOOKWELL_LEDGER \\(--ledger\\) is postgres://.*, but there is no ledger in its schema ${schema.name}: check database and [?]schema=, or start Hookwell once[.]`,
      ),
    );
    expect(await schemasOf(schema)).toBe(0);
  },
);

test.skipIf(!(await answers("postgres")))("what needs no ledger works without one", async () => {
  await using folder = await tempFolder();
  await using schema = ownSchema();
  const env = { HOOKWELL_DATA: folder.path, HOOKWELL_LEDGER: schema.url };

  const { code } = await runCli(["quarantine", "list"], { cwd: folder.path, env, openLocalApi });

  expect([code, await schemasOf(schema)]).toEqual([0, 0]);
});

test.skipIf(!(await answers("postgres")))("a ledger that is there is read", async () => {
  await using folder = await tempFolder();
  await using schema = ownSchema();
  await (await openPostgresLedger(schema.url)).close();
  const env = { HOOKWELL_DATA: folder.path, HOOKWELL_LEDGER: schema.url };

  const { code, stderr } = await runCli(["events"], { cwd: folder.path, env, openLocalApi });

  expect([code, stderr]).toEqual([0, expect.stringContaining("No events match")]);
});

test("a file that is not there is named, and not made", async () => {
  await using folder = await tempFolder();
  await mkdir(`${folder.path}/elsewhere`);
  const env = { HOOKWELL_DATA: folder.path, HOOKWELL_LEDGER: "sqlite:elsewhere/typo.db" };

  const { code, stderr } = await runCli(["events"], { cwd: folder.path, env, openLocalApi });

  expect(code).toBe(2);
  expect(stderr.replaceAll(/\s+/g, " ")).toMatch(
    /HOOKWELL_LEDGER \(--ledger\) is .*elsewhere\/typo\.db, which does not exist: correct the path, or start Hookwell once\./,
  );
});

for (const engine of ["postgres", "redis", "amqp", "nats"] as const) {
  test.skipIf(!(await answers(engine)))(
    `${engine}: what is put into a queue that is not there is refused, and what needs none works`,
    async () => {
      await using folder = await tempFolder();
      await using queue = ownQueue(engine);
      const env = { HOOKWELL_DATA: folder.path, HOOKWELL_QUEUE: queue.url };
      const run = (...argv: string[]): Promise<Finished> =>
        runCli(argv, { cwd: folder.path, env, openLocalApi });

      const recheck = await run("quarantine", "recheck");
      const list = await run("quarantine", "list");

      expect([recheck.code, list.code]).toEqual([2, 0]);
      expect(recheck.stderr.replaceAll(/\s+/g, " ")).toMatch(
        /HOOKWELL_QUEUE \(--queue\) is .*, but there is no queue .*, or start Hookwell once\. Nothing was changed\./,
      );
    },
  );
}

import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../test/support/drivers/postgres-harness.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { noteQueue } from "../../config/folder/queue-note.ts";
import { openPostgresLedger } from "../../ledger/drivers/postgres/ledger.ts";
import { silentLog } from "../../log.ts";
import { lookAtEngine } from "./engine-look.ts";
import { configOf } from "../../../test/support/servers/engine-config.ts";

test.skipIf(!(await answers("postgres")))("a ledger that can be used tells what it keeps", async () => {
  await using schema = ownSchema();
  await (await openPostgresLedger(schema.url)).close();

  const checks = await lookAtEngine("ledger", await configOf("memory:", schema.url));

  expect(checks).toEqual([
    { level: "ok", topic: "Ledger", says: expect.stringMatching(/^PostgreSQL \d+.*: Each commit/) },
  ]);
});

test.skipIf(!(await answers("postgres")))(
  "a ledger that nobody has made yet is told with what it will keep, and not made",
  async () => {
    await using schema = ownSchema();
    const config = await configOf("memory:", schema.url);

    const looks = [await lookAtEngine("ledger", config), await lookAtEngine("ledger", config)];

    const says = new RegExp(
      `^PostgreSQL \\d+.*, no ledger in its schema ${schema.name} yet; the first start creates it: Each commit`,
    );
    for (const checks of looks)
      expect(checks).toEqual([{ level: "ok", topic: "Ledger", says: expect.stringMatching(says) }]);
    expect(await schema.query("select 1 from pg_namespace where nspname = $1", [schema.name])).toEqual([]);
  },
);

test.skipIf(!(await answers("postgres")))(
  "after a start on the data folder, a ledger that is not there may be a mistake, and that is said",
  async () => {
    await using folder = await tempFolder();
    await using schema = ownSchema();
    const config = { ...(await configOf("memory:", schema.url)), data: folder.path };
    await noteQueue(config, silentLog);

    const checks = await lookAtEngine("ledger", config);

    expect(checks).toEqual([
      {
        level: "warn",
        topic: "Ledger",
        says: expect.stringMatching(
          /^PostgreSQL \d+.*, no ledger in its schema test_\w+ yet; the first start/,
        ),
        cure: "If it should be there, check database and ?schema= in HOOKWELL_LEDGER (--ledger).",
      },
    ]);
  },
);

test.skipIf(!(await answers("postgres")))(
  "a user who may not make what is not there yet is told so, before the first start",
  async () => {
    await using schema = ownSchema();
    const role = `${schema.name}_poor`;
    await schema.query(`create role ${role} login password 'secret'`);

    const checks = await lookAtEngine(
      "ledger",
      await configOf("memory:", schema.url.replace(/\/\/[^@]*@/, `//${role}:secret@`)),
    );

    await schema.query(`drop role ${role}`);
    expect(checks).toEqual([
      { level: "fail", topic: "Ledger", says: expect.stringContaining("grant it CREATE on the database") },
    ]);
  },
);

test.skipIf(!(await answers("postgres")))(
  "a ledger tells that workers of two queues share it, and what to do",
  async () => {
    await using schema = ownSchema();
    const queues = ["redis://one", "amqp://two"];
    const ledgers = await Promise.all(queues.map((queue) => openPostgresLedger(schema.url, { queue })));
    for (const ledger of ledgers) await ledger.share(16);

    const checks = await lookAtEngine("ledger", await configOf("memory:", schema.url));

    expect(checks.map(({ level }) => level)).toEqual(["ok", "warn"]);
    expect(checks[1]?.says).toContain("amqp://two and redis://one");
    expect(checks[1]?.cure).toMatch(/^Stop the workers/);
    for (const ledger of ledgers) await ledger.close();
  },
);

test.skipIf(!(await answers("postgres")))(
  "a limit of connections that is enough for the ledger by itself is told with the queue beside it",
  async () => {
    await using schema = ownSchema();
    const role = `${schema.name}_few`;
    await schema.query(
      `create role ${role} login password 'secret' connection limit 20; create schema ${schema.name} authorization ${role}`,
    );
    const url = schema.url.replace(/\/\/[^@]*@/, `//${role}:secret@`);
    await (await openPostgresLedger(url)).close();

    const alone = await lookAtEngine("ledger", await configOf("memory:", url));
    const both = await lookAtEngine("ledger", await configOf(url, url));

    await schema.query(`drop owned by ${role}; drop role ${role}`);
    expect(alone.map(({ level }) => level)).toEqual(["ok"]);
    expect(both[1]?.says).toMatch(/^This user may have 20 connections .* takes up to 24 of them/);
    expect(both[1]?.cure).toMatch(/^Raise the limit: /);
  },
);

test.skipIf(!(await answers("postgres")))("tables of a newer version are told by what to do", async () => {
  await using schema = ownSchema();
  await (await openPostgresLedger(schema.url)).close();
  await schema.query(`update ${schema.name}.schema_version set version = 70, least = 70`);

  const checks = await lookAtEngine("ledger", await configOf("memory:", schema.url));

  const says = expect.stringMatching(
    /^postgres:.*has version 70, .* Install the newer Hookwell .*[?]schema=[.]$/,
  );
  expect(checks).toEqual([{ level: "fail", topic: "Ledger", says }]);
});

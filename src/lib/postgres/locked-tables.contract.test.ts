import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../test/support/drivers/postgres-harness.ts";
import { eventually } from "../../testing/eventually.ts";
import { openPostgresQueue } from "../../queue/drivers/postgres/queue.ts";
import { openPostgresLedger } from "../../ledger/drivers/postgres/ledger.ts";

const isThere = await answers("postgres");

test.skipIf(!isThere)("a session that has locked tables is told of, with a number to end it by", async () => {
  await using schema = ownSchema();
  const ledger = await openPostgresLedger(schema.url);
  const somebody = await schema.connect();
  await somebody.query("set application_name = 'psql'");
  const { rows } = await somebody.query<{ pid: number }>("select pg_backend_pid() as pid");
  const pid = rows[0]?.pid;
  const warnings = async (): Promise<readonly string[]> => (await ledger.report()).warnings;

  await somebody.query(`begin; lock table only ${schema.name}.event`);
  expect(await warnings()).toEqual([
    `Session ${pid} (psql) has locked the table event: what needs it waits until it is done. Let it finish, or end it by \`select pg_terminate_backend(${pid})\`.`,
  ]);

  await somebody.query(`lock table ${schema.name}.history`);
  expect(await warnings()).toEqual([expect.stringContaining(" has locked event and 1 more: what needs ")]);

  await somebody.query("rollback");
  expect(await warnings()).toEqual([]);
  await ledger.close();
});

test.skipIf(!isThere)(
  "so is one that waits for its lock, since everything else waits behind it",
  async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const [reader, writer] = [await schema.connect(), await schema.connect()];
    await reader.query(`begin; select 1 from ${schema.name}.event`);
    const altered = writer.query(`alter table ${schema.name}.event add column more int`);

    await eventually(async () => {
      const { warnings } = await ledger.report();
      expect(warnings).toEqual([expect.stringMatching(/^Session \d+ waits to lock the table event: /)]);
    });

    await reader.query("rollback");
    await altered;
    expect((await ledger.report()).warnings).toEqual([]);
    await ledger.close();
  },
);

test.skipIf(!isThere)(
  "tables of others in the schema, and of another part, are nobody's trouble",
  async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const queue = await openPostgresQueue(schema.url, { leaseMs: 30_000 });
    const somebody = await schema.connect();
    await somebody.query("set application_name = 'hookwell_backup'");
    const tables = ["event_log", "orders"].map((name) => `${schema.name}.${name}`);
    for (const table of tables) await somebody.query(`create table ${table} ()`);
    await somebody.query(`begin; lock table ${tables.join(", ")}, ${schema.name}.history`);

    const [ofLedger, ofQueue] = [(await ledger.report()).warnings, (await queue.report()).warnings];

    expect(ofLedger).toEqual([expect.stringContaining(" (hookwell_backup) has locked the table history: ")]);
    expect(ofQueue).toEqual([]);
    await somebody.query("rollback");
    await queue.close();
    await ledger.close();
  },
);

test.skipIf(!isThere)("every table that is made has its part", async () => {
  await using schema = ownSchema();
  const ledger = await openPostgresLedger(schema.url);
  const queue = await openPostgresQueue(schema.url, { leaseMs: 30_000 });
  const somebody = await schema.connect();
  const { rows } = await somebody.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = to_regnamespace($1) and relkind in ('r', 'p')",
    [schema.name],
  );

  for (const { name } of rows) {
    await somebody.query(`begin; lock table only ${schema.name}.${name}`);
    const warnings = [...(await ledger.report()).warnings, ...(await queue.report()).warnings];
    expect(warnings).toContainEqual(expect.stringContaining(` has locked the table ${name}: `));
    await somebody.query("rollback");
  }

  expect(rows.length).toBeGreaterThan(10);
  await queue.close();
  await ledger.close();
});

test.skipIf(!isThere)("what only reads or writes holds up nobody, and is not told of", async () => {
  await using schema = ownSchema();
  const ledger = await openPostgresLedger(schema.url);
  const somebody = await schema.connect();

  await somebody.query(`begin; select 1 from ${schema.name}.event; delete from ${schema.name}.event`);

  expect((await ledger.report()).warnings).toEqual([]);
  await somebody.query("rollback");
  await ledger.close();
});

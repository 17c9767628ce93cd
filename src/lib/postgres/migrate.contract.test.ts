import assert from "node:assert/strict";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { answers, engineUrls } from "../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../test/support/drivers/postgres-harness.ts";
import { DataVersionError } from "../../errors.ts";
import { type Migration, migrate } from "./migrate.ts";
import { openPostgres } from "./postgres.ts";

const options = { part: "queue", connections: 1 } as const;

describe.skipIf(!(await answers("postgres")))("steps of a schema in PostgreSQL", () => {
  test("a step has the time to go through a large table", { timeout: 30_000 }, async () => {
    await using schema = ownSchema();
    const db = await openPostgres(schema.url, options);

    const done = migrate(db, [{ sql: () => "select pg_sleep(5.5)" }]);

    await expect(done).resolves.toBeUndefined();
    await db.end();
  });

  test("processes that start together do each step once", async () => {
    await using schema = ownSchema();
    const dbs = await Promise.all(Array.from({ length: 3 }, () => openPostgres(schema.url, options)));
    const steps = [{ sql: (name: string) => `select pg_sleep(0.3); create table ${name}.made ()` }];

    const starts = dbs.map((db) => migrate(db, steps));

    await expect(Promise.all(starts)).resolves.toBeDefined();
    await Promise.all(dbs.map((db) => db.end()));
  });

  test("tables of an older version are brought up to date by several processes at once, with what is in them, while its program goes on", async () => {
    await using schema = ownSchema();
    const dbs = await Promise.all(Array.from({ length: 4 }, () => openPostgres(schema.url, options)));
    const [first] = dbs;
    assert.ok(first !== undefined);
    const table = { sql: (name: string) => `create table ${name}.made (id int)` };
    const column = {
      sql: (name: string) => `select pg_sleep(0.3); alter table ${name}.made add more int not null default 7`,
    };
    await migrate(first, [table]);
    const write = (id: number): Promise<unknown> =>
      schema.query(`insert into ${schema.name}.made (id) values ($1)`, [id]);
    await write(1);

    const starts = dbs.map((db) => migrate(db, [table, column]));
    await Promise.all([...starts, write(2)]);
    await migrate(first, [table]);
    await write(3);

    expect(await schema.query(`select * from ${schema.name}.made order by id`)).toEqual([
      { id: 1, more: 7 },
      { id: 2, more: 7 },
      { id: 3, more: 7 },
    ]);
    await Promise.all(dbs.map((db) => db.end()));
  });

  test("a step does not wait long for a table that somebody has, since all others would wait behind it", async () => {
    await using schema = ownSchema();
    const db = await openPostgres(schema.url, options);
    const table = { sql: (name: string) => `create table ${name}.made ()` };
    const column = { sql: (name: string) => `alter table ${name}.made add more int` };
    await migrate(db, [table]);
    const reader = new Client({ connectionString: engineUrls.postgres });
    await reader.connect();
    await reader.query(`begin; select from ${schema.name}.made`);

    await expect(migrate(db, [table, column])).rejects.toThrow(/lock timeout/);

    await reader.end();
    await expect(migrate(db, [table, column])).resolves.toBeUndefined();
    await db.end();
  });

  test("an older program goes on unless it lacks a step that breaks it", async () => {
    await using schema = ownSchema();
    const db = await openPostgres(schema.url, options);
    const [first, breaking, last] = [{}, { breaks: true }, {}].map((more): Migration => ({
      sql: () => "select 1",
      ...more,
    })) as [Migration, Migration, Migration];
    await migrate(db, [first, breaking, last]);

    await expect(migrate(db, [first, breaking])).resolves.toBeUndefined();
    await expect(migrate(db, [first])).rejects.toThrow(DataVersionError);
    await db.end();
  });

  test("an older program is also refused by a step that breaks it after another did", async () => {
    await using schema = ownSchema();
    const db = await openPostgres(schema.url, options);
    const plain: Migration = { sql: () => "select 1" };
    const breaking: Migration = { ...plain, breaks: true };
    await migrate(db, [plain, breaking]);

    await migrate(db, [plain, breaking, plain, breaking]);

    await expect(migrate(db, [plain, breaking, plain])).rejects.toThrow(DataVersionError);
    await db.end();
  });

  test("each part has its own in a schema that it shares with another", async () => {
    await using schema = ownSchema();
    const queue = await openPostgres(schema.url, options);
    const ledger = await openPostgres(schema.url, { ...options, part: "ledger" });
    const tables = (...names: readonly string[]): readonly Migration[] =>
      names.map((table) => ({ sql: (name: string) => `create table ${name}.${table} ()` }));
    await migrate(queue, tables("a", "b"));

    await migrate(ledger, tables("c"));
    await migrate(queue, tables("a", "b", "d"));

    const made = await schema.query(
      `select relname from pg_class where relnamespace = '${schema.name}'::regnamespace and length(relname) = 1 order by 1`,
    );
    expect(made.map(({ relname }) => relname)).toEqual(["a", "b", "c", "d"]);
    await Promise.all([queue.end(), ledger.end()]);
  });
});

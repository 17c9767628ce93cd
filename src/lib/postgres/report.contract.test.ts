import { Client } from "pg";
import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { PostgresServer } from "../../../test/support/servers/postgres-server.ts";
import { eventually } from "../../testing/eventually.ts";
import { openPostgres } from "./postgres.ts";
import { postgresReport } from "./report.ts";

const isThere = await answers("postgres");

test.skipIf(!isThere).for(["postgres", "worker"])(
  "a transaction that is open for long is told of, since nothing is cleared away until it ends: to %s",
  async (user) => {
    await using server = await PostgresServer.start();
    await server.query(`create role owner; create role worker login; grant owner to worker;
      alter role worker in database postgres set role owner`);
    const url = server.url.replace("postgres@", `${user}@`);
    const db = await openPostgres(url, { part: "queue", connections: 1 });
    const forgotten = new Client({ connectionString: url });
    await forgotten.connect();
    await forgotten.query("begin isolation level repeatable read; select 1");

    expect((await postgresReport(db)).warnings).toEqual([]);
    expect((await postgresReport(db, { patienceMs: 0 })).warnings).toEqual([
      expect.stringMatching(/^A transaction has been open for 0 minutes/),
    ]);

    await forgotten.query("commit");
    expect((await postgresReport(db, { patienceMs: 0 })).warnings).toEqual([]);
    await forgotten.end();
    await db.end();
  },
);

test.skipIf(!isThere)("so is one of another user, to who acts as a role that may see all", async () => {
  await using server = await PostgresServer.start();
  await server.query(`create role seer; grant pg_monitor to seer; create role worker login noinherit;
    grant seer to worker; alter role worker in database postgres set role seer`);
  const url = server.url.replace("postgres@", "worker@");
  const db = await openPostgres(url, { part: "queue", connections: 1 });
  const forgotten = new Client({ connectionString: server.url });
  await forgotten.connect();
  await forgotten.query("begin isolation level repeatable read; select 1");

  expect((await postgresReport(db, { patienceMs: 0 })).warnings).toEqual([
    expect.stringMatching(/^A transaction has been open for 0 minutes/),
  ]);

  await forgotten.end();
  await db.end();
});

test.skipIf(!isThere)(
  "so is one that was prepared and never committed, which no session has any more",
  async () => {
    await using server = await PostgresServer.start("max_prepared_transactions=1");
    const db = await openPostgres(server.url, { part: "queue", connections: 1 });
    await server.query("begin; create table forgotten (); prepare transaction 'forgotten'");

    expect((await postgresReport(db, { patienceMs: 0 })).warnings).toEqual([
      expect.stringMatching(/^A transaction has been open for 0 minutes/),
    ]);

    await server.query("rollback prepared 'forgotten'");
    expect((await postgresReport(db, { patienceMs: 0 })).warnings).toEqual([]);
    await db.end();
  },
);

test.skipIf(!isThere)("no more is promised of the disk than the settings keep", async () => {
  await using server = await PostgresServer.start("fsync=off");
  const db = await openPostgres(server.url, { part: "queue", connections: 1 });
  const durability = async (): Promise<string> => (await postgresReport(db)).durability;

  expect(await durability()).toBe(
    "Not flushed to the disk of the server: survives a crash of its program, not a power cut.",
  );
  await server.stop();
  await server.start("synchronous_standby_names=one", "synchronous_commit=remote_write");
  await eventually(async () => expect(await durability()).toMatch(/ memory of its synchronous standbys: /));
  await db.pool.query("set synchronous_commit = off");
  expect(await durability()).toMatch(/: a crash loses the newest\.$/);
  await db.end();
});

test.skipIf(!isThere)("that nothing may be written is told of, as where a disk is full", async () => {
  await using server = await PostgresServer.start("default_transaction_read_only=on");
  const db = await openPostgres(server.url, { part: "queue", connections: 1 });

  const { warnings } = await postgresReport(db);

  expect(warnings).toEqual([expect.stringMatching(/^default_transaction_read_only is on: /)]);
  await db.end();
});

test.skipIf(!isThere).for([
  { whatever: "rights it has", set: "create schema plain authorization plain" },
  {
    whatever: "role it acts as",
    set: `create role owner; grant owner to plain; create schema plain authorization owner;
      alter role plain in database postgres set role owner`,
  },
])(
  "that commits wait for a synchronous standby is told to a user, whatever the $whatever",
  async ({ set }) => {
    await using server = await PostgresServer.start();
    await server.query(`create role plain login; ${set}`);
    const db = await openPostgres(server.url.replace("postgres@", "plain@"), {
      part: "queue",
      connections: 2,
    });
    await server.set("synchronous_standby_names = 'away'");
    expect((await postgresReport(db)).warnings).toEqual([]);

    const waiting = db.pool.query("create table plain.given_up ()").catch(() => undefined);

    const told = [expect.stringMatching(/^A commit has waited for a synchronous standby for [\d.]+ s: /)];
    await eventually(async () => expect((await postgresReport(db)).warnings).toEqual(told));
    await waiting;
    expect((await postgresReport(db)).warnings).toEqual(told);
    await server.set("synchronous_standby_names = ''");
    await eventually(async () => expect((await postgresReport(db)).warnings).toEqual([]));
    await db.end();
  },
);

test.skipIf(!isThere)(
  "what has a short lock of the same name, as the sender to a standby does, is no commit that waits",
  async () => {
    await using server = await PostgresServer.start();
    await server.query(`create schema seen;
      create table seen.pg_stat_activity as select * from pg_catalog.pg_stat_activity limit 0;
      insert into seen.pg_stat_activity (backend_type, wait_event_type, wait_event, state_change)
        values ('walsender', 'LWLock', 'SyncRep', now() - interval '13 minutes');
      alter role postgres set search_path = seen, pg_catalog`);
    const db = await openPostgres(server.url, { part: "queue", connections: 1 });

    expect((await postgresReport(db)).warnings).toEqual([]);

    await server.query("update seen.pg_stat_activity set wait_event_type = 'IPC'");
    expect((await postgresReport(db)).warnings).toEqual([expect.stringContaining("has waited for a synch")]);
    await db.end();
  },
);

import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { PostgresServer } from "../../../../test/support/servers/postgres-server.ts";
import { openPostgresLedger } from "./ledger.ts";
import { setAsideMark } from "./days/old-days.ts";

/** Queries of Hookwell that run, and begin with this. */
const running = (begin: string): string =>
  `select from pg_stat_activity where application_name ~ '^hookwell' and state = 'active' and query like '${begin}%'`;

// The server ends sessions of a login for that itself, and not for the role as which it acts.
describe.skipIf(!(await answers("postgres")))("a worker that acts as the owner of the history", () => {
  let server: PostgresServer;
  let url: string;
  beforeAll(async () => {
    server = await PostgresServer.start();
    await server.query(
      `create role owner; create role worker login noinherit; grant owner to worker;
       grant create on database postgres to owner; alter role worker in database postgres set role owner`,
    );
    url = server.url.replace("postgres@", "worker@");
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("ends what a handler has begun on a worker that hangs, and goes on as the owner", async () => {
    const [hung, other] = [await openPostgresLedger(url), await openPostgresLedger(url)];
    await hung.share(1);
    const { client, rollback } = await hung.transaction(600_000);
    (client as unknown as Client).on("error", () => undefined);
    await server.query("update hookwell.worker set missed_at = now() - interval '4 s'");

    expect((await other.share(1)).owned).toEqual([0]);

    const ofHandlers = "select from pg_stat_activity where application_name like 'hookwell %'";
    await expect.poll(() => server.query(ofHandlers)).toEqual([]);
    expect((await other.share(1)).owned).toEqual([0]);
    await rollback();
    await Promise.all([hung.close(), other.close()]);
  });

  test("ends a query of a handler that is over its time", async () => {
    const ledger = await openPostgresLedger(url);
    const { client, rollback } = await ledger.transaction(600_000);
    (client as unknown as Client).on("error", () => undefined);
    const query = client.query("select pg_sleep(600)").catch(String);
    await expect.poll(() => server.query(running("select pg_sleep"))).toHaveLength(1);

    await rollback();

    await query;
    await expect.poll(() => server.query(running("select pg_sleep"))).toEqual([]);
    await ledger.close();
  });

  test("ends at its end what it was about to forget", async () => {
    const ledger = await openPostgresLedger(url);
    await server.query(
      `create table hookwell.event_20200101 (like hookwell.event including all);
       alter table hookwell.event_20200101 owner to owner;
       comment on table hookwell.event_20200101 is '${setAsideMark}'`,
    );
    const reader = new Client({ connectionString: server.url });
    await reader.connect();
    await reader.query("begin; lock table hookwell.event_20200101 in access share mode");
    const pruned = ledger.prune(0);
    await expect.poll(() => server.query(running("lock table"))).toHaveLength(1);

    await ledger.close();

    expect(await pruned).toBe(0);
    await expect.poll(() => server.query(running("lock table"))).toEqual([]);
    await reader.end();
  });
});

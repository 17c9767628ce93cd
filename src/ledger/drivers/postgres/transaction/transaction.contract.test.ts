import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answers, engineUrls } from "../../../../../test/support/servers/engines.ts";
import { lockOf } from "../../../../../test/support/servers/postgres-lock.ts";
import { type OwnSchema, ownSchema } from "../../../../../test/support/drivers/postgres-harness.ts";
import { PostgresServer } from "../../../../../test/support/servers/postgres-server.ts";
import { aMessage } from "../../../../testing/builders.ts";
import { retry, settled } from "../../../../testing/ledger-driver/harness.ts";
import { recordedLog } from "../../../../testing/recorded-log.ts";
import { openPostgres } from "../../../../lib/postgres/postgres.ts";
import type { LedgerDriver, LedgerTransaction } from "../../../driver.ts";
import type { Transaction } from "../../../transaction.ts";
import { HandlerConnection } from "./handler-connection.ts";
import { openPostgresLedger } from "../ledger.ts";

const isThere = await answers("postgres");

describe.skipIf(!isThere)("what a handler has locked, when its process hangs", () => {
  let schema: OwnSchema;
  let hung: LedgerDriver;
  let write: string;
  let opened: LedgerTransaction | undefined;

  /** Stands for a process that hangs: nobody ends what it has begun. */
  const begin = async (withinMs: number): Promise<Transaction> => {
    opened = await hung.transaction(withinMs);
    (opened.client as unknown as Client).on("error", () => undefined);
    return opened.client;
  };

  /** Another program writes the same row, for which it has to wait. */
  const writtenWithin = async (ms: number): Promise<readonly unknown[]> => {
    await schema.query(`set statement_timeout = ${ms}; ${write}`);
    return (await schema.query(`select event from ${schema.name}.effect`)).map(({ event }) => event);
  };

  beforeEach(async () => {
    schema = ownSchema();
    hung = await openPostgresLedger(schema.url);
    await schema.query(`create table ${schema.name}.effect (event text primary key)`);
    write = `insert into ${schema.name}.effect (event) values ('a')`;
  });
  afterEach(async () => {
    await opened?.rollback();
    await hung.close();
    await schema[Symbol.asyncDispose]();
  });

  test("is free soon after the handler's time, and what it wrote is gone", async () => {
    const tx = await begin(500);
    await tx.query(write);

    expect(await writtenWithin(9000)).toEqual(["a"]);
  });

  test("is free soon after the handler's time also if a query of it runs", async () => {
    const tx = await begin(500);
    await tx.query(write);
    const running = tx.query("select pg_sleep(60)").catch(String);

    expect(await writtenWithin(9000)).toEqual(["a"]);

    expect(await running).toMatch(/statement timeout/);
  });

  test("is free when its shards go to others, however long the handler may take", async () => {
    const other = await openPostgresLedger(schema.url);
    await hung.share(1);
    const tx = await begin(600_000);
    await tx.query(write);
    await schema.query(`update ${schema.name}.worker set missed_at = now() - interval '4 s'`);

    expect((await other.share(1)).owned).toEqual([0]);

    expect(await writtenWithin(2000)).toEqual(["a"]);
    await expect(tx.query("select 1")).rejects.toThrow();
    await other.close();
  });
});

test.skipIf(!isThere)(
  "a handler that waits in vain for one of ten transactions is no sign of a lost server",
  async () => {
    await using schema = ownSchema();
    const { log, facts } = recordedLog();
    const ledger = await openPostgresLedger(schema.url, { log });
    // Those who come in time must have theirs, however slowly the server lets them in.
    const waitMs = 3_000;
    const opened = await Promise.all(Array.from({ length: 10 }, () => ledger.transaction(waitMs)));

    await expect(ledger.transaction(waitMs)).rejects.toThrow(
      "No connection for ctx.tx() became free in time",
    );

    expect(facts()).toEqual([]);
    for (const { rollback } of opened) await rollback();
    await ledger.close();
  },
);

test.skipIf(!isThere)(
  "a transaction that the server does not begin keeps no connection from the others",
  async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await (await ledger.transaction(3_000)).rollback();

    // More than there are connections, and longer than a server can count.
    for (let count = 0; count < 11; count += 1)
      await expect(ledger.transaction(2 ** 31)).rejects.toThrow(/invalid value for parameter/);

    const { client, rollback } = await ledger.transaction(3_000);
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await rollback();
    await ledger.close();
  },
);

test.skipIf(!isThere)(
  "an event that is settled in a transaction is not shown as pending behind that",
  async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const { name, query } = schema;
    await using gate = await lockOf(name);
    await query(`create function ${name}.dawdle() returns trigger language plpgsql as $$
    begin
      if new.status = 'pending' then perform ${gate.sql}; end if;
      return new;
    end $$;
    create trigger dawdle before insert on ${name}.event for each row execute function ${name}.dawdle()`);
    const message = aMessage();
    await ledger.admit([message]);
    const { commit } = await ledger.transaction(60_000);
    await expect.poll(() => gate.waiting(), { timeout: 5_000 }).toBe(1);

    const committed = commit(settled(message));
    await Promise.race([committed, sleep(300)]);
    // It is forgotten, as if it were old.
    await query(`delete from ${name}.event`);
    await gate.open();

    expect(await committed).toEqual({ kind: "committed" });
    const writers = `select from pg_locks where relation = '${name}.event'::regclass and mode = 'RowExclusiveLock'`;
    await expect.poll(() => query(writers)).toEqual([]);
    expect((await ledger.get(message.eventId))?.status).not.toBe("pending");
    await ledger.close();
  },
);

test.skipIf(!isThere)(
  "an event that was settled in a transaction is not under way any more: it is done when the queue hands it out again",
  async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const message = aMessage();
    await ledger.admit([message]);
    const { commit } = await ledger.transaction(60_000);

    await commit(settled(message));

    expect(await ledger.admit([message])).toEqual([{ kind: "duplicate" }]);
    expect(await ledger.get(message.eventId)).toMatchObject({ status: "handled", deliveries: 1 });
    await ledger.close();
  },
);

test.skipIf(!isThere)(
  "an event of whose commit nobody knows how it ended is not under way any more either: the server is asked",
  async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const message = aMessage();
    await ledger.admit([message]);
    await expect.poll(() => ledger.get(message.eventId)).toMatchObject({ status: "pending" });
    const { client, commit } = await ledger.transaction(60_000);
    const { rows } = await client.query("select pg_backend_pid() as pid");
    await schema.query("select pg_terminate_backend($1)", [rows[0]?.["pid"]]);

    const result = await commit(settled(message));
    // As if it had reached the server after all.
    await schema.query(`update ${schema.name}.event set status = 'handled'`);

    expect(result.kind).toBe("unknown");
    expect(await ledger.admit([message])).toEqual([{ kind: "duplicate" }]);
    await ledger.close();
  },
);

test.skipIf(!isThere)(
  "what a handler wrote is not kept if its event was settled by another meanwhile",
  async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    await schema.query(`create table ${schema.name}.effect (event text)`);
    const message = aMessage();
    await ledger.admit([message]);
    await expect.poll(() => ledger.get(message.eventId)).toMatchObject({ status: "pending" });
    const { client, commit } = await ledger.transaction(60_000);
    await client.query(`insert into ${schema.name}.effect values ('twice')`);
    await schema.query(`update ${schema.name}.event set status = 'handled'`);

    const result = await commit(settled(message));

    expect(result.kind).toBe("unknown");
    // Nor will it be with what the next handler on this connection writes.
    const locks = `select from pg_locks where relation = '${schema.name}.effect'::regclass`;
    expect(await schema.query(locks)).toEqual([]);
    expect(await schema.query(`select from ${schema.name}.effect`)).toEqual([]);
    await ledger.close();
  },
);

test.skipIf(!isThere)("an event is settled whatever isolation the server gives to transactions", async () => {
  await using server = await PostgresServer.start("default_transaction_isolation=serializable");
  const ledger = await openPostgresLedger(server.url);
  await ledger.share(1);
  const message = aMessage();
  await ledger.admit([message]);
  const { client, commit } = await ledger.transaction(60_000);
  await client.query("select 1");
  // Its row is written beside the handler, who takes long.
  await expect.poll(() => ledger.get(message.eventId)).toMatchObject({ status: "pending" });

  const result = await commit(settled(message));

  expect(result).toEqual({ kind: "committed" });
  await ledger.close();
});

test.skipIf(!isThere)(
  "a run whose start was written down counts once, also if the server refuses its commit",
  async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    await schema.query(
      `create table ${schema.name}.effect (event text unique deferrable initially deferred)`,
    );
    const message = aMessage();
    await ledger.admit([message]);
    await ledger.begin(message, 1);
    const { client, commit } = await ledger.transaction(60_000);
    await client.query(`insert into ${schema.name}.effect values ('a'), ('a')`);

    const { kind } = await commit(settled(message));
    await ledger.settle([settled(message, retry("refused"))]);

    expect(kind).toBe("failed");
    expect(await ledger.get(message.eventId)).toMatchObject({
      attempts: 1,
      attemptLog: [{ attempt: 1, error: "refused" }],
    });
    await ledger.close();
  },
);

// Nothing here can take the line away from under a connection without the server hearing of it; a cut network does.
test.skipIf(!isThere)(
  "the server asks within seconds whether who says nothing is still there, of handlers too, and behind them",
  async () => {
    const handlers = await openPostgres(engineUrls.postgres, {
      part: "ledger",
      connections: 1,
      handlersWaitMs: 5_000,
    });
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const asked = { tcp_keepalives_count: 3, tcp_keepalives_idle: 3, tcp_keepalives_interval: 1 };

    const { client, rollback } = await ledger.transaction(5_000);
    expect(await keepalives(client)).toEqual(asked);
    await rollback();
    await new HandlerConnection(await handlers.pool.connect()).recycle();
    expect(await keepalives(handlers.pool as Transaction)).toEqual(asked);

    await Promise.all([ledger.close(), handlers.end()]);
  },
);

test.skipIf(!isThere)("no handler acts in the name that another has given to its connection", async () => {
  const handlers = await openPostgres(engineUrls.postgres, {
    part: "ledger",
    connections: 1,
    handlersWaitMs: 5_000,
  });
  const nameOf = async (): Promise<unknown> => (await handlers.pool.query("select session_user::text")).rows;
  const own = await nameOf();
  const client = await handlers.pool.connect();
  await client.query("set session authorization pg_read_all_data");

  await new HandlerConnection(client).recycle();

  expect(await nameOf()).toEqual(own);
  await handlers.end();
});

async function keepalives(client: Transaction): Promise<Readonly<Record<string, number>>> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    "select name, setting from pg_settings where name like 'tcp_keepalives%'",
  );
  return Object.fromEntries(rows.map(({ name, setting }) => [name, Number(setting)]));
}

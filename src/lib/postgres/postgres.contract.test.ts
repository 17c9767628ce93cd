import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { describe, expect, test, vi } from "vitest";
import { answers, engineUrls } from "../../../test/support/servers/engines.ts";
import { freePort } from "../../../test/support/network/free-port.ts";
import { PostgresServer } from "../../../test/support/servers/postgres-server.ts";
import { eventually } from "../../testing/eventually.ts";
import { assertFit } from "./fit.ts";
import { openPostgres, type Postgres } from "./postgres.ts";

const isThere = await answers("postgres");

// Nothing here can take the line away from under a connection without the server hearing of it; a cut network does.
test.skipIf(!isThere)("the server asks within seconds whether who says nothing is still there", async () => {
  const db = await openPostgres(engineUrls.postgres, { part: "queue", connections: 1 });

  const { rows } = await db.pool.query<{ name: string; setting: string }>(
    "select name, setting from pg_settings where name like 'tcp%' order by name",
  );

  expect(Object.fromEntries(rows.map(({ name, setting }) => [name, Number(setting)]))).toEqual({
    tcp_keepalives_count: 3,
    tcp_keepalives_idle: 3,
    tcp_keepalives_interval: 1,
    tcp_user_timeout: 5_000,
  });
  await db.end();
});

test.skipIf(!isThere)(
  "numbers come whole, however few of their digits the server is set to show",
  async () => {
    await using server = await PostgresServer.start("extra_float_digits=-10");
    const db = await openPostgres(server.url, { part: "queue", connections: 1 });

    const { rows } = await db.pool.query<{ at: number }>("select 1795786123456::float8 as at");

    expect(rows).toEqual([{ at: 1_795_786_123_456 }]);
    await db.end();
  },
);

test.skipIf(!isThere)(
  "a connection stays while nothing is asked on it, though the server ends such ones",
  async () => {
    await using server = await PostgresServer.start("idle_session_timeout=200ms");
    const db = await openPostgres(server.url, { part: "queue", connections: 1 });
    const pid = async (): Promise<unknown> => (await db.pool.query("select pg_backend_pid()")).rows;
    const before = await pid();

    await sleep(1_000);

    expect(await pid()).toEqual(before);
    await db.end();
  },
);

test.skipIf(!isThere)(
  "bodies come in two digits a byte, and a list may hold null, on a server set up for old programs as well",
  async () => {
    await using server = await PostgresServer.start("bytea_output=escape", "array_nulls=off");
    const db = await openPostgres(server.url, { part: "queue", connections: 1 });

    const { rows } = await db.pool.query("select '\\xff00'::bytea::text as body, $1::int[] as list", [
      [1, null],
    ]);

    expect(rows).toEqual([{ body: "\\xff00", list: [1, null] }]);
    await db.end();
  },
);

test.skipIf(!isThere).for([
  { whose: "ours", own: {}, at: 1_795_786_123_456 },
  { whose: "of a handler, as from any other client", own: { handlersWaitMs: 5_000 }, at: "1795786123456" },
])("numbers of 64 bits come as numbers only to us: $whose", async ({ own, at }) => {
  const db = await openPostgres(engineUrls.postgres, { part: "queue", connections: 1, ...own });

  const { rows } = await db.pool.query("select 1795786123456::bigint as at");

  expect(rows).toEqual([{ at }]);
  await db.end();
});

test.skipIf(!isThere)("a new connection is no warning in the server's log", async () => {
  const told = vi.spyOn(Client.prototype, "emit");
  const twoHosts = engineUrls.postgres.replace(/@([^/]+)/, `@127.0.0.1:${await freePort()},$1`);
  const options = { part: "queue", connections: 1 } as const;

  for (const more of [{}, { handlersWaitMs: 5_000 }]) {
    const db = await openPostgres(twoHosts, { ...options, ...more });
    (await db.pool.connect()).release();
    await (await db.connectAlone()).end();
    await db.end();
  }

  const notices = told.mock.calls.filter(([event]) => String(event) === "notice");
  told.mockRestore();
  expect(notices).toEqual([]);
});

test.skipIf(!isThere)(
  "a change that has waited for another sees it, whatever isolation the server is set to",
  async () => {
    await using server = await PostgresServer.start("default_transaction_isolation=serializable");
    await server.query("create table counted as select 1 as number");
    const db = await openPostgres(server.url, { part: "queue", connections: 1 });
    const other = new Client({ connectionString: server.url });
    await other.connect();
    await other.query("begin; update counted set number = number + 1");

    const counting = db.pool.query("update counted set number = number + 1 returning number");
    await eventually(async () =>
      expect(await server.query("select from pg_stat_activity where wait_event_type = 'Lock'")).toHaveLength(
        1,
      ),
    );
    await other.query("commit");

    expect((await counting).rows).toEqual([{ number: 3 }]);
    await Promise.all([other.end(), db.end()]);
  },
);

test.skipIf(!isThere)("no connection stays open of a host that was passed over, nor of a look", async () => {
  await using server = await PostgresServer.start();
  await using standby = await server.standby();
  const through = (...ports: readonly string[]): Promise<Postgres> => {
    const hosts = ports.map((port) => `127.0.0.1:${port}`).join(",");
    const url = server.url.replace(`127.0.0.1:${server.port}`, hosts);
    return openPostgres(url, { part: "queue", connections: 1 });
  };
  const open = async (of: PostgresServer): Promise<number> => {
    const rows = await of.query("select from pg_stat_activity where application_name = 'hookwell'");
    return rows.length;
  };
  // With one more host, since a process remembers which of the same hosts works.
  const one = await through(standby.port, server.port);
  const other = await through(standby.port, server.port, "1");

  const client = await one.pool.connect();
  await assertFit(other);

  await eventually(async () => expect([await open(standby), await open(server)]).toEqual([0, 1]));
  client.release();
  await Promise.all([one.end(), other.end()]);
});

test.skipIf(!isThere)("no connection is made beside a pool that is ended", async () => {
  const db = await openPostgres(engineUrls.postgres, { part: "queue", connections: 1 });
  await db.end();

  await expect(db.connectAlone()).rejects.toThrow(/pool is ended/);
});

describe.skipIf(!isThere)("the server gives up within seconds, also if nobody tells it to", () => {
  test("what takes too long", async () => {
    const db = await openPostgres(engineUrls.postgres, { part: "queue", connections: 2 });
    const long = `select pg_sleep(60) as "${randomUUID()}"`;

    await expect(db.pool.query(long)).rejects.toThrow(/timeout/);

    const running = "select from pg_stat_activity where query = $1 and state = 'active'";
    await eventually(async () => expect((await db.pool.query(running, [long])).rowCount).toBe(0), 2_000);
    await db.end();
  });

  test("a transaction in which nothing is said, with its locks", async () => {
    const db = await openPostgres(engineUrls.postgres, { part: "queue", connections: 1 });
    const key = randomInt(2 ** 31);
    const paused = await db.pool.connect();
    await paused.query("begin");
    await paused.query("select pg_advisory_xact_lock($1)", [key]);
    const other = new Client({ connectionString: engineUrls.postgres });
    await other.connect();

    await other.query("set statement_timeout = '8s'");
    await expect(other.query("select pg_advisory_lock($1)", [key])).resolves.toBeDefined();

    paused.release(true);
    await Promise.all([other.end(), db.end()]);
  });
});

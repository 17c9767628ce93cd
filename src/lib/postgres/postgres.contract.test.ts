import { Client } from "pg";
import { expect, test, vi } from "vitest";
import { answers, engineUrls } from "../../../test/support/engines.ts";
import { freePort } from "../../../test/support/free-port.ts";
import { PostgresServer } from "../../../test/support/postgres-server.ts";
import { openPostgres } from "./postgres.ts";

const isThere = await answers("postgres");

// Nothing here can take the line away from under a connection without the server hearing of it; a cut network does.
test.skipIf(!isThere)("the server asks within seconds whether who says nothing is still there", async () => {
  const db = await openPostgres(engineUrls.postgres, { setting: "the test", connections: 1 });

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
    const db = await openPostgres(server.url, { setting: "the test", connections: 1 });

    const { rows } = await db.pool.query<{ at: number }>("select 1795786123456::float8 as at");

    expect(rows).toEqual([{ at: 1_795_786_123_456 }]);
    await db.end();
  },
);

test.skipIf(!isThere)("a new connection is no warning in the server's log", async () => {
  const told = vi.spyOn(Client.prototype, "emit");
  const twoHosts = engineUrls.postgres.replace(/@([^/]+)/, `@127.0.0.1:${await freePort()},$1`);
  const options = { setting: "the test", connections: 1 };

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

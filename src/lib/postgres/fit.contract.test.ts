import { describe, expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { freePort } from "../../../test/support/network/free-port.ts";
import { pgbouncer } from "../../../test/support/servers/pgbouncer.ts";
import { pgpool } from "../../../test/support/servers/pgpool.ts";
import { hasPooler, type Pooler } from "../../../test/support/servers/pooler.ts";
import { PostgresServer } from "../../../test/support/servers/postgres-server.ts";
import { ConfigError } from "../../errors.ts";
import { openPostgres, useOwnSettings } from "./postgres.ts";
import { UnfitError } from "./unfit-error.ts";
import { openPostgresLedger } from "../../ledger/drivers/postgres/ledger.ts";
import { openPostgresQueue } from "../../queue/drivers/postgres/queue.ts";
import { process as processEvent } from "../../testing/ledger-driver/harness.ts";
import { aMessage } from "../../testing/builders.ts";
import { promptly, timed } from "../../testing/eventually.ts";
import { collect, messages, ownAll, textsOf } from "../../testing/queue-driver/harness.ts";

const isThere = await answers("postgres");
const options = { leaseMs: 30_000 };

describe.skipIf(!isThere || !hasPooler("pgbouncer"))("a pooler before PostgreSQL", () => {
  test("in session mode is as good as the server", async () => {
    await using server = await PostgresServer.start();
    await using pooler = await pgbouncer(server, "session");

    expect(await workThrough(pooler)).toEqual(worked);
  });

  test.for(["transaction", "statement"] as const)(
    "in %s mode is refused in one sentence that says what to do",
    async (mode) => {
      await using server = await PostgresServer.start();
      await using pooler = await pgbouncer(server, mode);

      await expect(openPostgresQueue(pooler.url, options)).rejects.toThrow(ConfigError);
      await expect(openPostgresQueue(pooler.url, options)).rejects.toThrow(
        /^HOOKWELL_QUEUE .*a pooler in front of the server.*session mode/,
      );
      await expect(openPostgresLedger(pooler.url)).rejects.toThrow(/^HOOKWELL_LEDGER .*session mode/);
    },
  );

  test("in transaction mode is refused also if others use it, and it gives its connections out in turn", async () => {
    await using server = await PostgresServer.start();
    await using pooler = await pgbouncer(server, "transaction", "server_round_robin = 1");
    const others = await openPostgres(pooler.url, { part: "queue", connections: 2 });
    const slow = Array.from({ length: 2 }, () => others.pool.query("select pg_sleep(0.2)"));
    await Promise.all(slow);

    await expect(openPostgresQueue(pooler.url, options)).rejects.toThrow(/put it into session mode/);

    await others.end();
  });

  test("is found behind a standby that is the first host, since the one that takes writes is looked at", async () => {
    await using server = await PostgresServer.start();
    await using standby = await server.standby();
    await using pooler = await pgbouncer(server, "transaction");
    const url = pooler.url.replace("@", `@127.0.0.1:${standby.port},`);

    await expect(openPostgresQueue(url, options)).rejects.toThrow(/put it into session mode/);
  });

  test("before a server that hangs has the part of the time of its host, although it answers itself", async () => {
    await using hung = await PostgresServer.start();
    await using pooler = await pgbouncer(hung, "session");
    await using server = await PostgresServer.start();
    await hung.pause();

    const inTime = promptly(4_500, async () => {
      // With one that no try had before, since a process remembers which of them works.
      const more = `127.0.0.1:${server.port},127.0.0.1:${await freePort()}`;
      const url = pooler.url.replace(/\/postgres$/, `,${more}/postgres`);
      const db = await openPostgres(url, { part: "queue", connections: 1 });
      const { ms } = await timed(() => db.pool.query("select 1"));
      await db.end();
      return ms;
    });

    await expect(inTime).resolves.toBeUndefined();
  });
});

describe.skipIf(!isThere || !hasPooler("pgpool"))("a pooler that lets a standby answer", () => {
  // By itself it chooses one of both for each connection.
  const always = "backend_weight0 = 0";

  test("is refused in one sentence that says what to do", async () => {
    await using server = await PostgresServer.start();
    await using standby = await server.standby();
    await using pooler = await pgpool(server, standby, always);

    await expect(openPostgresQueue(pooler.url, options)).rejects.toThrow(
      /^HOOKWELL_QUEUE .*to a standby, whose data may be old: .*app_name_redirect_preference_list/,
    );
    await expect(openPostgresLedger(pooler.url)).rejects.toThrow(/^HOOKWELL_LEDGER .*to a standby/);
  });

  test.for([{}, { handlersWaitMs: 5_000 }])("gives no connection with %o", async (ofHandlers) => {
    await using server = await PostgresServer.start();
    await using standby = await server.standby();
    await using pooler = await pgpool(server, standby, always);
    const db = await openPostgres(pooler.url, { part: "ledger", connections: 1, ...ofHandlers });

    await expect(db.pool.connect()).rejects.toThrow(UnfitError);
    await expect(db.connectAlone()).rejects.toThrow(UnfitError);
    await expect(db.connectAlone(useOwnSettings)).rejects.toThrow(UnfitError);

    await db.end();
  });

  test("but not for Hookwell is as good as the server", async () => {
    await using server = await PostgresServer.start();
    await using standby = await server.standby();
    // It gets what is written, and shows it an hour later.
    await standby.set("recovery_min_apply_delay = '1h'");
    await using pooler = await pgpool(
      server,
      standby,
      "app_name_redirect_preference_list = 'hookwell.*:primary'",
    );

    expect(await workThrough(pooler)).toEqual(worked);
  });
});

const worked = { texts: ["message 0", "message 1"], owned: [0], status: "handled" };

async function workThrough({ url }: Pooler): Promise<unknown> {
  const [queue, ledger] = [await openPostgresQueue(url, options), await openPostgresLedger(url)];
  await ownAll(queue);
  await queue.send(messages("message", 2));
  const { owned } = await ledger.share(1);
  const message = aMessage();
  await processEvent(ledger, message);
  const texts = textsOf(await collect(queue, 2));
  const record = await ledger.get(message.eventId);
  await Promise.all([queue.close(), ledger.close()]);
  return { texts, owned, status: record?.status };
}

test.skipIf(!isThere)("a server that is too old is refused in one sentence", async () => {
  await using server = await PostgresServer.start();
  await server.query(`create schema old;
    create function old.current_setting(text) returns text language sql as $$
      select case $1 when 'server_version_num' then '130011' else '13.11' end $$;
    alter role postgres set search_path = old, pg_catalog`);

  await expect(openPostgresQueue(server.url, options)).rejects.toThrow(
    /^HOOKWELL_QUEUE .*PostgreSQL 13\.11: Hookwell needs 14 or newer/,
  );
});

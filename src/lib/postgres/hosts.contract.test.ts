import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { freePort } from "../../../test/support/network/free-port.ts";
import { PostgresServer } from "../../../test/support/servers/postgres-server.ts";
import { openPostgresLedger } from "../../ledger/drivers/postgres/ledger.ts";
import { openPostgresQueue } from "../../queue/drivers/postgres/queue.ts";
import { aMessage } from "../../testing/builders.ts";
import { eventually, promptly, timed } from "../../testing/eventually.ts";
import { openPostgres, type Postgres, type PostgresOptions } from "./postgres.ts";

const isThere = await answers("postgres");

const urlOf = (...ports: readonly string[]): string =>
  `postgres://postgres@${ports.map((port) => `127.0.0.1:${port}`).join(",")}/postgres`;

const open = (ports: readonly string[], more: Partial<PostgresOptions> = {}): Promise<Postgres> =>
  openPostgres(urlOf(...ports), { part: "queue", connections: 1, ...more });

describe.skipIf(!isThere)("several hosts in the URL of PostgreSQL", { timeout: 60_000 }, () => {
  test("one that is away, and a standby, are passed over, for what handlers write as well", async () => {
    await using primary = await PostgresServer.start();
    await using standby = await primary.standby();
    const ports = [await freePort(), standby.port, primary.port];

    for (const more of [{}, { handlersWaitMs: 5_000 }]) {
      const db = await open(ports, more);
      await db.pool.query("create table if not exists made (at text)");
      const client = await db.pool.connect();
      await client.query("insert into made values ('here')");
      client.release();
      await db.end();
    }

    expect(await primary.query("select at from made")).toEqual([{ at: "here" }, { at: "here" }]);
  });

  test("queue and ledger go on with the server that takes writes after a failover, and lose nothing", async () => {
    await using first = await PostgresServer.start();
    await using second = await first.standby();
    const url = `${urlOf(await freePort(), first.port, second.port)}?target_session_attrs=read-write`;
    const queue = await openPostgresQueue(url, { leaseMs: 30_000 });
    const ledger = await openPostgresLedger(url);
    await queue.send([aMessage()]);
    await ledger.share(1);
    await eventually(async () =>
      expect(
        await first.query("select from pg_stat_replication where replay_lsn = pg_current_wal_lsn()"),
      ).toHaveLength(1),
    );

    await first.kill();
    await second.promote();
    await eventually(() => queue.send([aMessage()]));
    const share = await eventually(() => ledger.share(1));

    expect(share.owned).toEqual([0]);
    expect((await queue.depth()).messages).toBe(2);
    await queue.close();
    await ledger.close();
  });

  test("one that hangs has a part of the time, and is not waited for again", async () => {
    await using hung = await PostgresServer.start();
    await using server = await PostgresServer.start();
    await hung.pause();

    await promptly(4_900, async () => {
      // With one that no try had before, since a process remembers which of them works.
      const db = await open([hung.port, server.port, await freePort()], { connections: 2 });
      const { ms, value: client } = await timed(() => db.pool.connect());
      const next = await timed(() => db.pool.connect());
      expect(await client.query("select 1")).toMatchObject({ rowCount: 1 });
      for (const one of [client, next.value]) one.release();
      await db.end();
      return next.ms < 1_000 ? ms : Infinity;
    });
  });

  test("who waits for a connection behind others is led on from a host that hangs", async () => {
    await using first = await PostgresServer.start();
    await using second = await first.standby();
    const db = await open([first.port, second.port], { connections: 2 });
    await db.pool.query("select 1");
    await first.pause();
    await second.promote();

    const answers: unknown[] = [];
    const end = performance.now() + 15_000;
    while (answers.length === 0 && performance.now() < end) {
      for (let n = 0; n < 10; n += 1)
        void db.pool.query("select 1").then(
          (answer) => answers.push(answer),
          () => undefined,
        );
      await sleep(200);
    }

    expect(answers).not.toEqual([]);
    await db.end();
  });

  test("all pools of a process stay with the server that took over, also when the old one is back", async () => {
    await using first = await PostgresServer.start();
    await using second = await first.standby();
    const ports = [first.port, second.port];
    const db = await open(ports);
    await db.pool.query("select 1");
    await first.kill();
    await second.promote();
    await eventually(() => db.pool.query("select 1"));
    await first.start();

    const late = await open(ports, { handlersWaitMs: 5_000 });

    const { rows } = await late.pool.query<{ port: number }>("select inet_server_port() as port");
    expect(rows).toEqual([{ port: Number(second.port) }]);
    await late.end();
    await db.end();
  });

  test("a standby of which others have all connections is passed over", async () => {
    await using primary = await PostgresServer.start("max_connections=20");
    await using standby = await primary.standby();
    await standby.stop();
    await standby.start("max_connections=20");
    const others = await openPostgres(urlOf(standby.port), {
      part: "queue",
      connections: 40,
      handlersWaitMs: 5_000,
    });
    const taken = await Promise.allSettled(Array.from({ length: 40 }, () => others.pool.connect()));
    const db = await open([standby.port, primary.port]);

    await db.pool.query("create table made (at text)");

    expect(taken.some(({ status }) => status === "rejected")).toBe(true);
    for (const each of taken) if (each.status === "fulfilled") each.value.release(true);
    await Promise.all([others.end(), db.end()]);
  });

  test("one that breaks the connection in its first words fails who waits for it, and not the process", async () => {
    const breaks = createServer((socket) => {
      socket
        .on("error", () => undefined)
        .once("data", () => {
          socket.write(Buffer.from("R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", "latin1"), () =>
            socket.resetAndDestroy(),
          );
        });
    });
    await once(breaks.listen(0, "127.0.0.1"), "listening");
    const db = await open([String((breaks.address() as AddressInfo).port), await freePort()]);

    await expect(db.pool.query("select 1")).rejects.toThrow(/ECONNRESET|terminated/);

    await db.end();
    breaks.close();
  });

  test("if none takes writes, it is said of each why", async () => {
    await using primary = await PostgresServer.start();
    await using standby = await primary.standby();
    const away = await freePort();
    const db = await open([away, standby.port]);

    const asked = db.pool.query("select 1");

    await expect(asked).rejects.toThrow(
      new RegExp(`^127.0.0.1:${away}: .*ECONNREFUSED.*; 127.0.0.1:${standby.port}: .*during recovery`),
    );
    await db.end();
  });

  test("one that refuses the user keeps nobody from the one that takes writes, now and when that is back", async () => {
    await using server = await PostgresServer.start();
    await using other = await PostgresServer.start();
    await server.query("create role clerk login");
    const url = urlOf(other.port, server.port).replace("postgres@", "clerk@");
    const db = await openPostgres(url, { part: "queue", connections: 1 });
    await db.pool.query("select 1");

    await server.stop();
    await expect(db.pool.query("select 1")).rejects.toThrow(/"clerk" does not exist/);
    await server.start();

    await eventually(() => db.pool.query("select 1"));
    await db.end();
  });

  test("a user whom all refuse is told so, and by which", async () => {
    await using one = await PostgresServer.start();
    await using two = await PostgresServer.start();
    const url = urlOf(one.port, two.port).replace("postgres@", "nobody@");

    const opening = openPostgresQueue(url, { leaseMs: 30_000 });

    await expect(opening).rejects.toThrow(
      new RegExp(
        `^HOOKWELL_QUEUE \\(--queue\\) is .*, but the server refuses this user: .* \\(127.0.0.1:${one.port}, 127.0.0.1:${two.port}\\)\\.$`,
      ),
    );
  });

  test("a start waits for one that is away, whatever another refuses meanwhile", async () => {
    await using server = await PostgresServer.start();
    await using refusing = await PostgresServer.start();
    await server.query("create role clerk login");
    await server.query("create database clerk owner clerk");
    const url = urlOf(server.port, refusing.port)
      .replace("postgres@", "clerk@")
      .replace(/postgres$/, "clerk");
    await server.stop();

    const queue = await openPostgresQueue(url, { leaseMs: 30_000 });
    await server.start();

    await eventually(() => queue.send([aMessage()]));
    expect((await queue.depth()).messages).toBe(1);
    await queue.close();
  });

  test("a login that is refused keeps nobody with another login from the one that takes writes", async () => {
    await using server = await PostgresServer.start();
    await using standby = await server.standby();
    const ports = [standby.port, server.port];
    const db = await open(ports, { connections: 4 });
    const refused = await openPostgres(urlOf(...ports).replace("postgres@", "nobody@"), {
      part: "queue",
      connections: 4,
    });
    const failures: unknown[] = [];
    const end = new AbortController();
    const asking = async (): Promise<void> => {
      while (!end.signal.aborted) await refused.pool.query("select 1").catch(() => undefined);
    };

    const others = [asking(), asking()];
    for (let round = 0; round < 30; round += 1) {
      const asked = Array.from({ length: 8 }, async () => (await db.pool.connect()).release(true));
      for (const end of await Promise.allSettled(asked))
        if (end.status === "rejected") failures.push(end.reason);
    }
    end.abort();
    await Promise.all(others);

    expect(failures).toEqual([]);
    await Promise.all([db.end(), refused.end()]);
  });

  test("who waits for the connections of others waits once, and not once for each host", async () => {
    await using server = await PostgresServer.start();
    const db = await open([server.port, await freePort()], { handlersWaitMs: 1_000 });
    const client = await db.pool.connect();

    await promptly(1_900, async () => {
      const { ms, value: reason } = await timed(() => db.pool.connect().catch(String));
      expect(reason).toMatch(/timeout exceeded/);
      return ms;
    });

    client.release();
    await db.end();
  });
});

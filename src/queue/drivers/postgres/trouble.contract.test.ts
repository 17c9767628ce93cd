import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { needsMount, smallDisk } from "../../../../test/support/disk.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { PostgresServer } from "../../../../test/support/servers/postgres-server.ts";
import { QueueLoad } from "../../../../test/support/drivers/queue-load.ts";
import { ConfigError, QueueUnavailableError } from "../../../errors.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually, timed } from "../../../testing/eventually.ts";
import { collect, messages, ownAll, textsOf } from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = await answers("postgres");
const options = { leaseMs: 30_000 };
/** The sender of the webhooks waits ten seconds for its answer. */
const promisedMs = 7_900;

const sockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;

/** Does this again and again for so long, and gives all that came of it. */
async function collectFor<T>(ms: number, work: () => Promise<readonly T[]>): Promise<readonly T[]> {
  const until = performance.now() + ms;
  const all: T[] = [];
  while (performance.now() < until) all.push(...(await work()));
  return all;
}

describe.skipIf(!isThere)("a PostgreSQL in trouble", () => {
  test.for([
    {
      trouble: "stopped and started",
      make: async (server: PostgresServer) => {
        await server.stop();
        await sleep(500);
        await server.start();
      },
    },
    {
      trouble: "killed and started",
      make: async (server: PostgresServer) => {
        await server.kill();
        await server.start();
      },
    },
    {
      trouble: "held for some seconds",
      make: async (server: PostgresServer) => {
        await server.pause();
        await sleep(7_000);
        await server.resume();
      },
    },
    {
      trouble: "rid of its clients",
      make: async (server: PostgresServer) => {
        await server.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hookwell'",
        );
      },
    },
  ])("loses nothing that was confirmed when it is $trouble", async ({ make }) => {
    await using server = await PostgresServer.start();
    const [sender, consumer] = [
      await openPostgresQueue(server.url, options),
      await openPostgresQueue(server.url, options),
    ];
    const load = new QueueLoad(sender, consumer);
    await load.works();

    await make(server);

    await load.works();
    expect(await load.finish()).toEqual([]);
    expect(load.surprises).toEqual([]);
    expect(load.slowestMs).toBeLessThan(promisedMs);
    await Promise.all([sender.close(), consumer.close()]);
  });

  test("a send that the server gives up does not let those behind it wait as long once more", async () => {
    await using server = await PostgresServer.start();
    const queue = await openPostgresQueue(server.url, options);
    await queue.send([aMessage()]);
    const locks = new Client({ connectionString: server.url });
    await locks.connect();
    await locks.query("begin; lock table hookwell.message");
    // More than are under way at the same time.
    const sends: Promise<unknown>[] = [];
    for (let count = 0; count < 6; count += 1) {
      sends.push(queue.send([aMessage()]).catch((error: unknown) => error));
      await sleep(50);
    }

    // As at the end of statement_timeout, but before the client gives up.
    await server.query(
      `select pg_cancel_backend(pid) from pg_stat_activity
       where application_name = 'hookwell' and wait_event_type = 'Lock'`,
    );

    const { ms, value } = await timed(() => Promise.all(sends));
    expect(value).toEqual(sends.map(() => expect.any(QueueUnavailableError)));
    expect(ms).toBeLessThan(4_000);
    await locks.end();
    await eventually(() => queue.send([aMessage()]));
    await queue.close();
  });

  test.for([
    { state: "away", make: (server: PostgresServer) => server.kill() },
    { state: "held", make: (server: PostgresServer) => server.pause() },
  ])("refuses in time while it is $state, says so once, and works again", async ({ make }) => {
    await using server = await PostgresServer.start();
    const log = recordedLog();
    const queue = await openPostgresQueue(server.url, { ...options, log: log.log });
    await make(server);

    const { ms } = await timed(() => expect(queue.send([aMessage()])).rejects.toThrow(QueueUnavailableError));
    await expect(queue.depth()).rejects.toThrow(QueueUnavailableError);

    expect(ms).toBeLessThan(promisedMs);
    await server.resume();
    if (log.facts().length > 0) await server.kill();
    await server.start();
    await eventually(() => queue.send([aMessage()]), 10_000);
    expect(log.facts()).toEqual(["queue.engine_lost", "queue.engine_back"]);
    await queue.close();
  });

  test("that hangs refuses in time also what is behind other calls", async () => {
    await using server = await PostgresServer.start();
    const queue = await openPostgresQueue(server.url, options);
    await queue.send([aMessage()]);
    await server.pause();

    const refusals = Array.from({ length: 8 }, async (_, index) => {
      await sleep(20 * index);
      const { ms } = await timed(() =>
        expect(queue.send([aMessage()])).rejects.toThrow(QueueUnavailableError),
      );
      return ms;
    });

    expect(Math.max(...(await Promise.all(refusals)))).toBeLessThan(promisedMs);
    await server.resume();
    await queue.close();
  });

  test("is waited for if it is not there at the start", async () => {
    await using server = await PostgresServer.start();
    await server.stop();

    const queue = await openPostgresQueue(server.url, options);
    await expect(queue.send([aMessage()])).rejects.toThrow(QueueUnavailableError);
    await server.start();

    await eventually(() => queue.send(messages("message", 1)), 10_000);
    await ownAll(queue);
    expect(textsOf(await collect(queue, 1))).toEqual(["message 0"]);
    await queue.close();
  });

  test("that hangs is not waited for at the end, and keeps no connection open", async () => {
    await using server = await PostgresServer.start();
    const before = sockets();
    const queue = await openPostgresQueue(server.url, options);
    await queue.reserve({ name: "owner", isShared: false });
    await queue.send(messages("message", 1));
    await ownAll(queue);
    await collect(queue, 1);
    await server.pause();
    const calls = Promise.allSettled([queue.send(messages("late", 1)), queue.depth()]);

    const { ms } = await timed(() => queue.close());

    expect(ms).toBeLessThan(9_500);
    await eventually(async () => expect(sockets()).toBeLessThanOrEqual(before));
    const refused = { status: "rejected", reason: expect.any(QueueUnavailableError) as Error };
    expect(await calls).toEqual([refused, refused]);
  });

  test("that has no room for a row refuses, and loses nothing", async () => {
    await using server = await PostgresServer.start();
    const queue = await openPostgresQueue(server.url, options);
    await queue.send(messages("before", 1));
    await server.query("alter table hookwell.message add constraint full_disk check (id < 0) not valid");

    await expect(queue.send(messages("refused", 2))).rejects.toThrow(QueueUnavailableError);

    await server.query("alter table hookwell.message drop constraint full_disk");
    await queue.send(messages("after", 1));
    await ownAll(queue);
    expect(textsOf(await collect(queue, 2))).toEqual(["before 0", "after 0"]);
    await queue.close();
  });

  test("whose disk is full takes nothing, says so, and goes on when there is room", async (context) => {
    needsMount(context);
    await using disk = await smallDisk(16);
    await using server = await PostgresServer.start();
    const queue = await openPostgresQueue(server.url, options);
    await server.moveTo(disk.path, "hookwell.message");
    await queue.send(messages("before", 1));
    await disk.fill();

    // Pages that are there already may have room for some.
    const large = () => aMessage({ body: randomBytes(500_000) });
    await eventually(() => expect(queue.send([large()])).rejects.toMatchObject({ takesNothing: true }));
    await expect(queue.depth()).resolves.toBeDefined();

    await disk.makeRoom();
    await queue.send([large()]);
    await queue.close();
  });

  test("that may only be read takes nothing, and says so, once in the log", async () => {
    await using server = await PostgresServer.start();
    const { log, facts } = recordedLog();
    const queue = await openPostgresQueue(server.url, { ...options, log });
    await queue.send(messages("before", 1));
    await server.query("alter system set default_transaction_read_only = on");
    await server.query("select pg_reload_conf()");

    await eventually(() => expect(queue.send([aMessage()])).rejects.toMatchObject({ takesNothing: true }));
    // It can still be counted.
    await collectFor(500, () => Promise.allSettled([queue.depth(), queue.send([aMessage()])]));

    expect(facts().filter((fact) => fact.startsWith("queue.engine_"))).toEqual(["queue.engine_lost"]);
    await queue.close();
  });

  test.for(["by itself", "beside a host that is away"])(
    "that has no connection left takes events over those that are there, or none, %s, and its log says so once",
    async (place) => {
      await using server = await PostgresServer.start();
      await server.query("create role clerk login; create schema hookwell authorization clerk");
      const url = server.url.replace("postgres@", "clerk@");
      const { log, facts } = recordedLog();
      const queue = await openPostgresQueue(place === "by itself" ? url : url.replace("@", "@127.0.0.1:1,"), {
        ...options,
        log,
      });
      await queue.send(messages("before", 1));
      await server.query("alter role clerk connection limit 3");
      const several = (): Promise<readonly PromiseSettledResult<unknown>[]> =>
        Promise.allSettled([
          queue.send([aMessage()]),
          queue.send([aMessage()]),
          ...Array.from({ length: 6 }, () => queue.depth()),
        ]);

      const ends = await collectFor(1_000, several);

      const sends = ends.filter((_, place) => place % 8 < 2);
      expect(new Set(sends.map(({ status }) => status))).toEqual(new Set(["fulfilled"]));
      expect(ends.some(({ status }) => status === "rejected")).toBe(true);
      await server.query("alter role clerk connection limit 0");
      await server.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'clerk'");
      await eventually(() => expect(queue.send([aMessage()])).rejects.toMatchObject({ takesNothing: true }));
      expect(facts().filter((fact) => fact.startsWith("queue.engine_"))).toEqual(["queue.engine_lost"]);
      await server.query("alter role clerk connection limit -1");
      await eventually(async () => {
        await queue.depth();
        expect(facts().at(-1)).toBe("queue.engine_back");
      }, 20_000);
      await queue.close();
    },
  );

  test("that lets nobody in any more, while those go on that are in, is lost once in the log", async () => {
    await using server = await PostgresServer.start();
    await server.query("create role clerk login; create schema hookwell authorization clerk");
    const { log, facts } = recordedLog();
    const queue = await openPostgresQueue(server.url.replace("postgres@", "clerk@"), { ...options, log });
    await queue.send(messages("before", 1));
    await server.query("alter role clerk nologin");

    const ends = await collectFor(1_000, () =>
      Promise.allSettled(Array.from({ length: 8 }, () => queue.depth())),
    );

    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(["fulfilled", "rejected"]));
    expect(facts().filter((fact) => fact.startsWith("queue.engine_"))).toEqual(["queue.engine_lost"]);
    await server.query("alter role clerk login");
    await eventually(async () => {
      await queue.depth();
      expect(facts().at(-1)).toBe("queue.engine_back");
    }, 20_000);
    await queue.close();
  });

  test("whose table somebody has locked is lost once in the log, while other calls go on", async () => {
    await using server = await PostgresServer.start();
    const { log, facts } = recordedLog();
    const queue = await openPostgresQueue(server.url, { ...options, log });
    await queue.send(messages("before", 1));
    const locks = new Client({ connectionString: server.url });
    await locks.connect();
    await locks.query("begin; lock table hookwell.message");

    const ends = await Promise.allSettled([
      queue.send([aMessage()]),
      collectFor(6_000, async () => [
        await queue.reserve({ name: "owner", isShared: true }),
        await sleep(50),
      ]),
    ]);

    expect(ends.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(facts()).toEqual(["queue.engine_lost"]);
    await locks.end();
    await eventually(async () => {
      await queue.depth();
      expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]);
    }, 20_000);
    await queue.close();
  });

  test("that has no connection left at all keeps no sender waiting, however many there are", async () => {
    await using server = await PostgresServer.start();
    await server.query("create role clerk login; create schema hookwell authorization clerk");
    const queue = await openPostgresQueue(server.url.replace("postgres@", "clerk@"), options);
    await queue.send(messages("before", 1));
    await server.query("alter role clerk connection limit 0");
    await server.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'clerk'");
    // Each array is a list of its own, and few lists are sent at a time.
    const arrays = Array.from({ length: 40 }, () => Array.from({ length: 400 }, () => aMessage()));
    const begun = performance.now();

    const ends = await Promise.allSettled(arrays.map((array) => queue.send(array)));

    expect(ends.filter(({ status }) => status === "fulfilled")).toEqual([]);
    // One after the other they would need 14 s; the webhook sender waits for 10.
    expect(performance.now() - begun).toBeLessThan(6_000);
    await queue.close();
  });

  test("tells what would lose events", async () => {
    await using server = await PostgresServer.start("fsync=off", "synchronous_commit=off");
    const queue = await openPostgresQueue(server.url, options);

    const { engine, warnings } = await queue.report();

    expect(engine).toMatch(/^PostgreSQL \d/);
    expect(warnings.join(" ")).toMatch(/fsync is off.*synchronous_commit is off/);
    await queue.close();
  });
});

describe.skipIf(!isThere)(
  "a PostgreSQL that refuses for good says why in one sentence, without the password",
  () => {
    test("a database that is not there", async () => {
      await using server = await PostgresServer.start();
      const url = server.url.replace("postgres@", "postgres:hunter2@").replace(/\/postgres$/, "/nowhere");

      const opening = openPostgresQueue(url, options);

      await expect(opening).rejects.toThrow(ConfigError);
      await expect(opening).rejects.toThrow(
        /^HOOKWELL_QUEUE \(--queue\) is postgres:\/\/postgres@.*no such database/,
      );
      await expect(opening).rejects.not.toThrow("hunter2");
    });

    test("a user that is not there, or may not create tables", async () => {
      await using server = await PostgresServer.start();
      await server.query("create role guest login");
      const as = (user: string): Promise<unknown> =>
        openPostgresQueue(server.url.replace("postgres@", `${user}@`), options);

      await expect(as("nobody")).rejects.toThrow(/refuses this user/);
      await expect(as("guest")).rejects.toThrow(/may not create/);
    });
  },
);

test.each([
  ["postgres://one,two:0/db", /^HOOKWELL_QUEUE \(--queue\) names a port that is none/],
  [
    "postgres://one,two/db?target_session_attrs=any",
    /^HOOKWELL_QUEUE \(--queue\) has a \?target_session_attrs= /,
  ],
])("a URL that cannot be used is refused in one sentence: %s", async (url, says) => {
  await expect(openPostgresQueue(url, options)).rejects.toThrow(says);
});

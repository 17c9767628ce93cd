import { once } from "node:events";
import type { PoolClient } from "pg";
import { describe, expect, test } from "vitest";
import { answers } from "../../test/support/servers/engines.ts";
import { PostgresServer } from "../../test/support/servers/postgres-server.ts";
import { errorOf, impatient, options, running } from "../../test/support/ledger/transacting.ts";
import { unhandled } from "../../test/support/processing/unhandled.ts";
import { openPostgresLedger } from "../ledger/drivers/postgres/ledger.ts";
import { Ledger } from "../ledger/ledger.ts";
import { memoryQueue } from "../queue/drivers/memory/queue.ts";
import { Queue } from "../queue/queue.ts";
import { aMessage } from "../testing/builders.ts";
import { eventually } from "../testing/eventually.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import type { Handler } from "./handlers.ts";
import { Processor } from "./processor.ts";

const isThere = await answers("postgres");
const fatal = unhandled();

/** SQL that tells what is there of what outlasts a transaction. */
const leftovers = `coalesce(current_setting('my.tenant', true), '') as tenant, current_setting('role') as role,
  (select count(*)::int from pg_class where relnamespace = pg_my_temp_schema()) as tables,
  (select count(*)::int from pg_prepared_statements) as prepared,
  (select count(*)::int from pg_cursors where is_holdable) as cursors,
  (select count(*)::int from pg_listening_channels()) as channels,
  (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`;

describe.skipIf(!isThere)("what a handler leaves on its connection", () => {
  test("is gone before another handler gets the connection", async () => {
    const handlers: number[] = [];
    const found: unknown[] = [];
    await using app = await running(async (_, ctx) => {
      const tx = (await ctx.tx()) as unknown as PoolClient;
      const { rows } = await tx.query<{ pid: number }>(`select pg_backend_pid() as pid, ${leftovers}`);
      handlers.push(rows[0]?.pid ?? 0);
      found.push({ ...rows[0], pid: 0, listeners: tx.listenerCount("notification") });
      await tx.query(`set my.tenant = 'a'; select set_config('role', current_user, false);
        create temp table kept (n int); create temp sequence kept_seq; select nextval('kept_seq');
        declare kept cursor with hold for select 1; listen kept;
        select pg_advisory_lock(pg_backend_pid())`);
      if (handlers.length % 3 === 0) await tx.query("prepare kept as select 1");
      tx.on("notification", () => undefined).once("notification", () => undefined);
    });
    const messages = Array.from({ length: 30 }, () => aMessage());
    for (const message of messages) await app.put(message);

    await eventually(async () => expect((await app.ledger.stats()).events.handled).toBe(30), 10_000);

    expect(new Set(handlers).size).toBeLessThan(30);
    expect(new Set(found.map((one) => JSON.stringify(one)))).toEqual(
      new Set([
        '{"pid":0,"tenant":"","role":"none","tables":0,"prepared":0,"cursors":0,"channels":0,"locks":0,"listeners":0}',
      ]),
    );
  });

  test("does not make it forget the statements that its client has prepared", async () => {
    const known: number[] = [];
    const connections = new Set<unknown>();
    await using app = await running(
      async (_, ctx) => {
        const tx = await ctx.tx();
        const named = {
          name: "kept",
          text: "select count(*)::int, pg_backend_pid() as pid from pg_prepared_statements",
        };
        const { rows } = await tx.query<{ count: number; pid: number }>(named as unknown as string);
        known.push(rows[0]?.count ?? 0);
        connections.add(rows[0]?.pid);
      },
      { maxAttempts: 1 },
    );
    for (let count = 0; count < 20; count += 1) await app.put(aMessage());

    await eventually(async () => expect((await app.ledger.stats()).events.handled).toBe(20), 10_000);

    expect(known).toEqual(Array(20).fill(1));
    expect(connections.size).toBeLessThan(20);
  });
});

describe.skipIf(!isThere)("a handler that waits for a transaction of a server that hangs", () => {
  /** One handler at a time, and one attempt. */
  const startOn = async (
    { url }: PostgresServer,
    handler: Handler,
    handlerTimeoutMs = impatient.handlerTimeoutMs,
  ): Promise<AsyncDisposable & { readonly put: () => Promise<void> }> => {
    const ledger = new Ledger(await openPostgresLedger(url));
    const queue = new Queue(memoryQueue(), { highWater: 1_000 });
    const parts = { queue, ledger, handlers: { "*": handler }, log: recordedLog().log };
    const how = { ...options, concurrency: 1, maxAttempts: 1, handlerTimeoutMs };
    const processor = new Processor(parts, how);
    return {
      put: () => queue.put([aMessage()]),
      [Symbol.asyncDispose]: async () => {
        await processor.close(100);
        await queue.close();
        await ledger.close();
      },
    };
  };

  test("is over at its deadline, and others have its slot", async () => {
    await using server = await PostgresServer.start();
    const begun: number[] = [];
    await using app = await startOn(server, async (_, ctx) => {
      begun.push(performance.now());
      if (begun.length > 1) return;
      await server.pause();
      await ctx.tx();
    });
    await Promise.all([app.put(), app.put()]);

    await eventually(() => expect(begun).toHaveLength(2));

    expect((begun[1] ?? 0) - (begun[0] ?? 0)).toBeLessThan(4_500);
  });

  test("does not end the process if it gets one after all when its time is over", async () => {
    await using server = await PostgresServer.start();
    const late: string[] = [];
    let runs = 0;
    const handler: Handler = async (_, ctx) => {
      runs += 1;
      if (runs === 1) {
        await ctx.tx();
        return;
      }
      await server.pause();
      const opened = ctx.tx();
      await once(ctx.signal, "abort");
      await server.resume();
      const tx = await opened;
      late.push(errorOf(() => tx.query("select 1")));
    };
    await using app = await startOn(server, handler, 3_000);
    await app.put();
    // Its connection is there for the next one, so that only the answer on it is missing.
    const idle = `select from pg_stat_activity
      where application_name like 'hookwell %' and state = 'idle' and query like '%pg_prepared_statements%'`;
    await eventually(async () => expect(await server.query(idle)).toHaveLength(1));
    await app.put();

    await eventually(() => expect(late).toHaveLength(1));

    expect(late[0]).toMatch(/transaction of this event is over/);
    expect(fatal).toEqual([]);
  });
});

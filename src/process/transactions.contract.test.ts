import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { PoolClient } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, vi, test } from "vitest";
import { answers } from "../../test/support/engines.ts";
import { type OwnSchema, ownSchema } from "../../test/support/postgres-harness.ts";
import { PostgresServer } from "../../test/support/postgres-server.ts";
import type { Message } from "../event/message.ts";
import { openPostgresLedger } from "../ledger/drivers/postgres/ledger.ts";
import { Ledger } from "../ledger/ledger.ts";
import { memoryQueue } from "../queue/drivers/memory/queue.ts";
import { Queue } from "../queue/queue.ts";
import { aMessage } from "../testing/builders.ts";
import { eventually } from "../testing/eventually.ts";
import { recordedLog, type RecordedLog } from "../testing/recorded-log.ts";
import type { Handler } from "./handlers.ts";
import { Processor, type ProcessorOptions } from "./processor.ts";

const isThere = await answers("postgres");

/** What would have ended the process; where tests run, it only fails the run. */
const fatal: string[] = [];
const note = (error: unknown): void => void fatal.push(String(error));
beforeAll(() => void process.on("unhandledRejection", note));
beforeEach(() => void fatal.splice(0));
afterAll(() => void process.off("unhandledRejection", note));

const options: ProcessorOptions = {
  concurrency: 4,
  handlerTimeoutMs: 5_000,
  maxAttempts: 3,
  backoffMinMs: 1,
  backoffMaxMs: 5,
  leaseMs: 30_000,
};

/** For handlers that are to be over their time. */
const impatient = { handlerTimeoutMs: 500 };

interface Running extends AsyncDisposable {
  readonly schema: OwnSchema;
  readonly ledger: Ledger;
  readonly log: RecordedLog;
  /** Runs as they are told of, by their outcome. */
  readonly outcomes: readonly string[];
  put(message: Message): Promise<void>;
  /** Rows that handlers wrote. */
  effects(): Promise<readonly unknown[]>;
}

/** A processor over a ledger in PostgreSQL, with a table of the user's own beside it. */
async function running(handler: Handler, how: Partial<ProcessorOptions> = {}): Promise<Running> {
  const schema = ownSchema();
  const ledger = new Ledger(await openPostgresLedger(schema.url));
  await schema.query(`create table ${schema.name}.effect (event text unique deferrable initially deferred)`);
  const queue = new Queue(memoryQueue(), { highWater: 1_000 });
  const log = recordedLog();
  const outcomes: string[] = [];
  const onAttempt = (outcome: string): void => void outcomes.push(outcome);
  const processor = new Processor(
    { queue, ledger, handlers: { "*": handler }, log: log.log, onAttempt },
    { ...options, ...how },
  );
  return {
    schema,
    ledger,
    log,
    outcomes,
    put: (message) => queue.put([message]),
    effects: async () =>
      (await schema.query(`select event from ${schema.name}.effect`)).map(({ event }) => event),
    [Symbol.asyncDispose]: async () => {
      await processor.close(100);
      await queue.close();
      await ledger.close();
      await schema[Symbol.asyncDispose]();
    },
  };
}

/** What a call throws at once. */
function errorOf(call: () => unknown): string {
  try {
    call();
    return "nothing";
  } catch (error) {
    return String(error);
  }
}

/** The commit of what handlers write takes so long. */
const slowCommits = ({ schema }: Running, seconds: number): Promise<unknown> =>
  schema.query(`set search_path = ${schema.name};
    create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(${seconds}); return null; end $$;
    create constraint trigger dawdle after insert on effect deferrable initially deferred
      for each row execute function dawdle()`);

/** SQL that tells what is there of what outlasts a transaction. */
const leftovers = `coalesce(current_setting('my.tenant', true), '') as tenant, current_setting('role') as role,
  (select count(*)::int from pg_class where relnamespace = pg_my_temp_schema()) as tables,
  (select count(*)::int from pg_prepared_statements) as prepared,
  (select count(*)::int from pg_cursors where is_holdable) as cursors,
  (select count(*)::int from pg_listening_channels()) as channels,
  (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`;

const insert = "insert into effect (event) values ($1)";

/** A value that the client cannot send. */
const unwritable = {
  toPostgres: () => {
    throw new Error("no text");
  },
};

describe.skipIf(!isThere)("what a handler writes in the transaction of its event", () => {
  test("is there when the event is handled", async () => {
    await using app = await running(async ({ eventId }, ctx) => {
      const tx = await ctx.tx();
      await tx.query(`set local search_path = ${app.schema.name}`);
      await tx.query(insert, [eventId]);
      expect(await ctx.tx()).toBe(tx);
    });
    const message = aMessage();
    await app.put(message);

    await eventually(async () =>
      expect(await app.ledger.get(message.eventId)).toMatchObject({ status: "handled", attempts: 1 }),
    );
    expect(await app.effects()).toEqual([message.eventId]);
  });

  test("is not there if the handler fails, is too slow, or the transaction cannot be committed", async () => {
    const attempts: string[] = [];
    await using app = await running(
      async ({ eventId, name }, ctx) => {
        attempts.push(name);
        const tx = await ctx.tx();
        await tx.query(`set local search_path = ${app.schema.name}`);
        await tx.query(insert, [eventId]);
        if (name === "throws") throw new Error("broken");
        if (name === "hangs") await sleep(5_000, undefined, { ref: false });
        if (name === "refused") await tx.query(insert, [eventId]);
        if (name === "ended") await tx.query("rollback");
        if (name === "closed") await (tx as unknown as PoolClient).end();
        if (name === "aborted") await tx.query("select 1/0").catch(() => undefined);
      },
      { maxAttempts: 1, ...impatient },
    );
    const names = ["throws", "hangs", "refused", "ended", "closed", "aborted"];
    const messages = names.map((name) => aMessage({ name }));
    for (const message of messages) await app.put(message);

    for (const message of messages) {
      await eventually(async () =>
        expect(await app.ledger.get(message.eventId)).toMatchObject({ status: "dead" }),
      );
    }
    expect(await app.effects()).toEqual([]);
    expect(app.outcomes).toEqual(names.map(() => "dead"));
    const errors = await Promise.all(
      messages.map(async ({ eventId }) => (await app.ledger.get(eventId))?.error),
    );
    expect(errors).toEqual([
      "Error: broken",
      expect.stringContaining("not done after 500 ms"),
      expect.stringContaining("duplicate key"),
      expect.stringContaining('Leave "rollback" out'),
      expect.stringContaining("leave connect and end out"),
      "error: division by zero",
    ]);
  });

  test("is not there if a query that nobody waited for fails, or comes when the handler is over", async () => {
    const late: string[] = [];
    await using app = await running(
      async ({ eventId, name }, ctx) => {
        if (name === "late") {
          await sleep(700);
          await ctx.tx().catch((error: unknown) => late.push(String(error)));
          return;
        }
        const tx = await ctx.tx();
        await tx.query(`set local search_path = ${app.schema.name}`);
        await tx.query(insert, [eventId]);
        if (name === "stray") void tx.query("select pg_sleep(0.05), 1/0");
        if (name === "unsent") void tx.query("select $1", [unwritable]);
        if (name === "kept") setTimeout(() => late.push(errorOf(() => tx.query("select 1"))), 400);
      },
      { maxAttempts: 1, ...impatient },
    );
    const messages = ["stray", "unsent", "late", "kept"].map((name) => aMessage({ name }));
    for (const message of messages) await app.put(message);

    await eventually(() => expect(late).toHaveLength(2));
    const found = () => Promise.all(messages.map(({ eventId }) => app.ledger.get(eventId)));
    const ended = ["dead", "dead", "dead", "handled"];
    await eventually(async () => expect((await found()).map((event) => event?.status)).toEqual(ended));
    expect((await found()).map((event) => event?.error)).toEqual([
      "error: division by zero",
      "Error: A query of the transaction failed: no text",
      expect.stringContaining("not done after 500 ms"),
      null,
    ]);
    expect(await app.effects()).toEqual([messages[3]?.eventId]);
    expect(late.join()).toMatch(/transaction of this event is over/);
    expect(late.join()).toMatch(/handler is over/);
    expect(fatal).toEqual([]);
  });

  test("is not there, and the process lives, whichever of its queries the handler leaves to themselves", async () => {
    // `pg` warns of queries that wait behind others on one client, which is what this handler does.
    using _ = vi.spyOn(process, "emitWarning").mockReturnValue();
    await using app = await running(
      async ({ eventId, name }, ctx) => {
        const tx = await ctx.tx();
        await tx.query(`set local search_path = ${app.schema.name}`);
        await tx.query(insert, [eventId]);
        const [broken, next] = [tx.query("select 1/0"), tx.query("select 1")];
        if (name === "first of two") await broken;
        if (name === "both") await Promise.all([broken, next]);
        void tx.query("select pg_sleep(60)");
        if (name === "none") await sleep(5_000, undefined, { ref: false });
      },
      { maxAttempts: 1, ...impatient },
    );
    const messages = ["first of two", "both", "none"].map((name) => aMessage({ name }));
    for (const message of messages) await app.put(message);

    for (const { eventId } of messages) {
      await eventually(async () => expect(await app.ledger.get(eventId)).toMatchObject({ status: "dead" }));
    }
    expect(await app.effects()).toEqual([]);
    expect(fatal).toEqual([]);
  });

  test("is there but for what the server refused, if the handler takes that back", async () => {
    await using app = await running(
      async ({ eventId }, ctx) => {
        const tx = await ctx.tx();
        await tx.query(`set local search_path = ${app.schema.name}`);
        await tx.query(insert, [eventId]);
        await tx.query("savepoint mine");
        await tx.query("select 1/0").catch(() => undefined);
        await tx.query("rollback to mine");
      },
      { maxAttempts: 1 },
    );
    const message = aMessage();
    await app.put(message);

    await eventually(async () =>
      expect(await app.ledger.get(message.eventId)).toMatchObject({ status: "handled" }),
    );
    expect(await app.effects()).toEqual([message.eventId]);
  });

  test("is complete when the handler is over: what is asked for while it is committed is refused", async () => {
    const late: string[] = [];
    await using app = await running(async ({ eventId }, ctx) => {
      const tx = await ctx.tx();
      await tx.query(`set local search_path = ${app.schema.name}`);
      await tx.query(insert, [eventId]);
      const { query } = tx as unknown as { readonly query: (sql: string) => unknown };
      const ask = (): void => {
        late.push(errorOf(() => tx.query(`insert into ${app.schema.name}.effect values ('late')`)));
        late.push(errorOf(() => query(`insert into ${app.schema.name}.effect values ('later')`)));
      };
      setTimeout(ask, 200);
    });
    await slowCommits(app, 0.4);
    const message = aMessage();
    await app.put(message);

    await eventually(async () =>
      expect(await app.ledger.get(message.eventId)).toMatchObject({ status: "handled", attempts: 1 }),
    );
    await eventually(() => expect(late).toHaveLength(2));
    expect(late).toEqual(Array(2).fill(expect.stringContaining("The transaction of this event is over")));
    expect(await app.effects()).toEqual([message.eventId]);
  });

  test("is there once if the handler releases the client, as finally blocks do, and nobody else has it until then", async () => {
    const clients = new Map<string, number>();
    await using app = await running(async ({ eventId, name }, ctx) => {
      const tx = (await ctx.tx()) as unknown as PoolClient;
      try {
        await tx.query(`set local search_path = ${app.schema.name}`);
        await tx.query(insert, [eventId]);
        const { rows } = await tx.query<{ pid: number }>("select pg_backend_pid() as pid");
        clients.set(name, rows[0]?.pid ?? 0);
      } finally {
        tx.release();
      }
      await vi.waitFor(() => expect(clients.size).toBe(2), { timeout: 4_000 });
      tx.release();
    });
    const messages = ["a", "b"].map((name) => aMessage({ name }));
    for (const message of messages) await app.put(message);

    await eventually(async () => expect((await app.ledger.stats()).events.handled).toBe(2));
    expect(new Set(clients.values()).size).toBe(2);
    const effects = await app.effects();
    expect(effects).toHaveLength(2);
    expect(new Set(effects)).toEqual(new Set(messages.map(({ eventId }) => eventId)));
  });

  test.each([
    ["text", "commit; begin", 'Leave "commit" out'],
    ["an object", { text: "COMMIT" }, 'Leave "COMMIT" out'],
  ])("is not kept by a commit of the handler, given as %s", async (_, sql, said) => {
    await using app = await running(
      async ({ eventId }, ctx) => {
        const tx = await ctx.tx();
        await tx.query(`set local search_path = ${app.schema.name}`);
        await tx.query(insert, [eventId]);
        await tx.query(sql as string).catch(() => undefined);
        throw new Error("broken");
      },
      { maxAttempts: 2 },
    );
    const message = aMessage();
    await app.put(message);

    await eventually(async () =>
      expect(await app.ledger.get(message.eventId)).toMatchObject({ status: "dead", attempts: 2 }),
    );
    expect((await app.ledger.get(message.eventId))?.error).toContain(said);
    expect(await app.effects()).toEqual([]);
  });

  test("does not count as handled if the handler ended the transaction by a way that nobody saw", async () => {
    await using app = await running(
      async (_, ctx) => {
        const tx = await ctx.tx();
        await tx.query("commit; begin; select begin atomic from (select 1 as begin) as odd");
      },
      { maxAttempts: 1 },
    );
    const message = aMessage();
    await app.put(message);

    await eventually(async () =>
      expect(await app.ledger.get(message.eventId)).toMatchObject({
        status: "dead",
        error: expect.stringContaining("The handler ended the transaction") as string,
      }),
    );
  });

  test("is free at once for the next attempt if the handler is over its time in a query", async () => {
    let runs = 0;
    await using app = await running(
      async ({ eventId }, ctx) => {
        runs += 1;
        const tx = await ctx.tx();
        await tx.query(`insert into ${app.schema.name}.row (event) values ($1)`, [eventId]);
        if (runs === 1) await tx.query("select pg_sleep(60)");
      },
      { maxAttempts: 2, ...impatient },
    );
    await app.schema.query(`create table ${app.schema.name}.row (event text primary key)`);
    const message = aMessage();
    await app.put(message);

    await eventually(async () =>
      expect(await app.ledger.get(message.eventId)).toMatchObject({ status: "handled", attempts: 2 }),
    );
  });

  test("is gone at the deadline of a handler that never ends, and more of them than connections keep none", async () => {
    const runs = new Map<string, number>();
    await using app = await running(
      async ({ eventId }, ctx) => {
        const run = (runs.get(eventId) ?? 0) + 1;
        runs.set(eventId, run);
        const tx = await ctx.tx();
        await tx.query(`insert into ${app.schema.name}.row (event) values ($1)`, [eventId]);
        if (run === 1) await new Promise(() => undefined);
      },
      { maxAttempts: 2, ...impatient },
    );
    await app.schema.query(`create table ${app.schema.name}.row (event text primary key)`);
    const count = 12;
    for (let put = 0; put < count; put += 1) await app.put(aMessage());

    // Each second run writes the row that the first one had locked.
    await eventually(async () => expect((await app.ledger.stats()).events.handled).toBe(count));

    expect([...runs.values()]).toEqual(Array(count).fill(2));
    const left = "select from pg_stat_activity where state like 'idle in transaction%' and query like $1";
    await expect.poll(() => app.schema.query(left, [`%${app.schema.name}.row%`])).toEqual([]);
  });

  test("holds up no other event while it is committed", async () => {
    const committing: string[] = [];
    await using app = await running(async ({ eventId, name }, ctx) => {
      if (name === "plain") return;
      const tx = await ctx.tx();
      await tx.query(`set local search_path = ${app.schema.name}`);
      await tx.query(insert, [eventId]);
      committing.push(eventId);
    });
    await slowCommits(app, 3);
    const slow = [aMessage(), aMessage()];
    for (const [at, message] of slow.entries()) {
      await app.put(message);
      await eventually(() => expect(committing).toHaveLength(at + 1));
      await sleep(50);
    }
    const plain = aMessage({ name: "plain" });
    await app.put(plain);

    await eventually(async () =>
      expect(await app.ledger.get(plain.eventId)).toMatchObject({ status: "handled" }),
    );
    expect(await app.effects()).toEqual([]);
    await eventually(async () => expect(await app.effects()).toHaveLength(2));
  });

  test("is there once if the connection breaks while it is committed", async () => {
    let runs = 0;
    await using app = await running(async ({ eventId }, ctx) => {
      runs += 1;
      const tx = await ctx.tx();
      await tx.query(`set local search_path = ${app.schema.name}`);
      await tx.query(insert, [eventId]);
      if (runs > 1) return;
      const { rows } = await tx.query<{ pid: number }>("select pg_backend_pid() as pid");
      await app.schema.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
    });
    const message = aMessage();
    await app.put(message);

    await eventually(async () =>
      expect(await app.ledger.get(message.eventId)).toMatchObject({ status: "handled" }),
    );
    expect(await app.effects()).toEqual([message.eventId]);
    expect(runs).toBe(2);
  });

  test("is not there if another process has the shard by then", async () => {
    let runs = 0;
    await using app = await running(async ({ eventId }, ctx) => {
      runs += 1;
      const tx = await ctx.tx();
      await tx.query(`set local search_path = ${app.schema.name}`);
      await tx.query(insert, [eventId]);
      await app.schema.query(`update ${app.schema.name}.shard set owner = $1`, [randomUUID()]);
    });
    const message = aMessage();
    await app.put(message);

    await eventually(() => expect(app.log.facts()).toContain("event.share_lost"));

    expect(await app.effects()).toEqual([]);
    expect(await app.ledger.get(message.eventId)).toBeUndefined();
    expect(runs).toBe(1);
  });
});

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
    await using app = await running(
      async (_, ctx) => {
        const tx = await ctx.tx();
        const named = { name: "kept", text: "select count(*)::int from pg_prepared_statements" };
        const { rows } = await tx.query<{ count: number }>(named as unknown as string);
        known.push(rows[0]?.count ?? 0);
      },
      { maxAttempts: 1 },
    );
    for (let count = 0; count < 20; count += 1) await app.put(aMessage());

    await eventually(async () => expect((await app.ledger.stats()).events.handled).toBe(20), 10_000);

    expect(known).toEqual(Array(20).fill(1));
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
      if (runs === 1) return void (await ctx.tx());
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

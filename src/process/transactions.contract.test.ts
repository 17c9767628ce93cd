import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type PoolClient, types } from "pg";
import { describe, expect, vi, test } from "vitest";
import { answers } from "../../test/support/servers/engines.ts";
import { lockOf } from "../../test/support/servers/postgres-lock.ts";
import { errorOf, impatient, type Running, running } from "../../test/support/ledger/transacting.ts";
import { unhandled } from "../../test/support/processing/unhandled.ts";
import type { Message } from "../event/message.ts";
import { aMessage } from "../testing/builders.ts";
import { eventually } from "../testing/eventually.ts";

const isThere = await answers("postgres");
const fatal = unhandled();

/** The commit of what handlers write does this first. */
const commitsAfter = ({ schema }: Running, sql: string): Promise<unknown> =>
  schema.query(`set search_path = ${schema.name};
    create function dawdle() returns trigger language plpgsql as $$ begin perform ${sql}; return null; end $$;
    create constraint trigger dawdle after insert on effect deferrable initially deferred
      for each row execute function dawdle()`);

const insert = "insert into effect (event) values ($1)";

/** Less than the server takes by itself to end what hangs, and enough for the next attempt. */
const lessPatient = { handlerTimeoutMs: 2_000 };

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

  test("is not there if the handler fails, or the transaction cannot be committed", async () => {
    await using app = await running(
      async ({ eventId, name }, ctx) => {
        const tx = await ctx.tx();
        await tx.query(`set local search_path = ${app.schema.name}`);
        await tx.query(insert, [eventId]);
        if (name === "throws") throw new Error("broken");
        if (name === "refused") await tx.query(insert, [eventId]);
        if (name === "ended") await tx.query("rollback");
        if (name === "closed") await (tx as unknown as PoolClient).end();
        if (name === "parsed") (tx as unknown as PoolClient).setTypeParser(types.builtins.INT4, String);
        if (name === "aborted") await tx.query("select 1/0").catch(() => undefined);
        if (name === "called back") (tx as PoolClient).query("select 1/0", () => undefined);
      },
      { maxAttempts: 1 },
    );
    const names = ["throws", "refused", "ended", "closed", "parsed", "aborted", "called back"];
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
      expect.stringContaining("duplicate key"),
      expect.stringContaining('Leave "rollback" out'),
      expect.stringContaining("leave connect and end out"),
      expect.stringContaining("give `types` with the query"),
      "error: division by zero",
      "error: division by zero",
    ]);
    const kindOf = ({ eventId }: Message) =>
      app.log.lines.find(({ fact, fields }) => fact === "event.dead" && fields?.["eventId"] === eventId)
        ?.fields?.["error"];
    expect(messages.map(kindOf)).toEqual([
      "Error",
      "error 23505",
      "Error",
      "Error",
      "Error",
      "error 22012",
      "error 22012",
    ]);
  });

  test("is not there if the handler is too slow, nor can it be when that is over", async () => {
    const late: string[] = [];
    await using app = await running(
      async ({ eventId, name }, ctx) => {
        if (name === "late") {
          await sleep(700);
          await ctx.tx().catch((error: unknown) => late.push(String(error)));
          return;
        }
        const tx = await ctx.tx();
        await tx.query(`insert into ${app.schema.name}.effect values ($1)`, [eventId]);
        await sleep(5_000, undefined, { ref: false });
      },
      { maxAttempts: 1, ...impatient },
    );
    const messages = ["hangs", "late"].map((name) => aMessage({ name }));
    for (const message of messages) await app.put(message);

    for (const { eventId } of messages) {
      await eventually(async () =>
        expect(await app.ledger.get(eventId)).toMatchObject({
          status: "dead",
          error: expect.stringContaining("not done after 500 ms") as string,
        }),
      );
    }
    await eventually(() => expect(late).toEqual([expect.stringContaining("handler is over")]));
    expect(await app.effects()).toEqual([]);
    expect(fatal).toEqual([]);
  });

  test("is not there if a query that nobody waited for fails, or comes when the handler is over", async () => {
    const late: string[] = [];
    await using app = await running(
      async ({ eventId, name }, ctx) => {
        const tx = await ctx.tx();
        await tx.query(`set local search_path = ${app.schema.name}`);
        await tx.query(insert, [eventId]);
        if (name === "stray") void tx.query("select pg_sleep(0.05), 1/0");
        if (name === "unsent") void tx.query("select $1", [unwritable]);
        if (name === "kept") setTimeout(() => late.push(errorOf(() => tx.query("select 1"))), 400);
      },
      { maxAttempts: 1 },
    );
    const messages = ["stray", "unsent", "kept"].map((name) => aMessage({ name }));
    for (const message of messages) await app.put(message);

    await eventually(() => expect(late).toHaveLength(1));
    const found = () => Promise.all(messages.map(({ eventId }) => app.ledger.get(eventId)));
    const ended = ["dead", "dead", "handled"];
    await eventually(async () => expect((await found()).map((event) => event?.status)).toEqual(ended));
    expect((await found()).map((event) => event?.error)).toEqual([
      "error: division by zero",
      "Error: A query of the transaction failed: no text",
      null,
    ]);
    expect(await app.effects()).toEqual([messages[2]?.eventId]);
    expect(late.join()).toMatch(/transaction of this event is over/);
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
    await commitsAfter(app, "pg_sleep(0.4)");
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
      { maxAttempts: 2, ...lessPatient },
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
      { maxAttempts: 2, ...lessPatient },
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
    await using app = await running(async ({ eventId, name }, ctx) => {
      if (name === "plain") return;
      const tx = await ctx.tx();
      await tx.query(`set local search_path = ${app.schema.name}`);
      await tx.query(insert, [eventId]);
    });
    await using gate = await lockOf(app.schema.name);
    await commitsAfter(app, gate.sql);
    for (const committing of [1, 2]) {
      await app.put(aMessage());
      await expect.poll(() => gate.waiting()).toBe(committing);
    }
    const plain = aMessage({ name: "plain" });
    await app.put(plain);

    await eventually(async () =>
      expect(await app.ledger.get(plain.eventId)).toMatchObject({ status: "handled" }),
    );
    // Nor has it waited until the others were given up.
    expect(app.outcomes).toEqual(["handled"]);
    expect(await app.effects()).toEqual([]);
    await gate.open();
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
    // At most it was shown as pending before.
    expect((await app.ledger.get(message.eventId))?.status ?? "pending").toBe("pending");
    expect(runs).toBe(1);
  });
});

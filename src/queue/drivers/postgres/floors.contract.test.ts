import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { ownSchema, type OwnSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { PostgresServer } from "../../../../test/support/servers/postgres-server.ts";
import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import {
  collect,
  messageOf,
  messages,
  takeOne,
  textOf,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { allShards, type QueueDriver, sharedShards } from "../../driver.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = await answers("postgres");
const options = { leaseMs: 30_000 };

/** Works for so long that what is below the next hand-out is not looked at any more. */
async function raiseFloors(queue: QueueDriver): Promise<void> {
  for (let rounds = 0; rounds < 4; rounds += 1) {
    await queue.send([messageOf("work")]);
    await queue.ack([await takeOne(queue)]);
    await sleep(1_050);
  }
}

/** A transaction that stays open until it is committed, or to the end of the block that holds it. */
async function transaction(url: string, sql: string, values: readonly unknown[] = []) {
  const client = new Client({ connectionString: url });
  await client.connect();
  // Without triggers: theirs would lock a row of the totals, which a connection of the queue may need.
  await client.query("begin; set local session_replication_role = replica");
  await client.query(sql, [...values]);
  return {
    commit: () => client.query("commit"),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** A sender that is slow to commit. */
function slowSend({ name }: OwnSchema, message: Message) {
  const { eventId, entity, state, receivedAt, copy, body } = message;
  return transaction(
    engineUrls.postgres,
    `insert into ${name}.message (shard, event_id, name, entity, state, received_at, copy, replay, body)
      values ($1, $2, $3, $4, $5, $6, $7, false, $8)`,
    [shardOf(message, sharedShards), eventId, message.name, entity, state, receivedAt, copy, body],
  );
}

/** What this consumer is handed next, and soon. */
const soon = async (queue: QueueDriver, count = 1): Promise<readonly string[]> =>
  textsOf(await collect(queue, count, { withinMs: 3_000 }));

test.skipIf(!isThere)(
  "while somebody's transaction is open, no look goes through all that was handled since",
  { timeout: 60_000 },
  async () => {
    await using server = await PostgresServer.start("shared_preload_libraries=pg_stat_statements");
    await server.query("create extension pg_stat_statements");
    const queue = await openPostgresQueue(server.url, { leaseMs: 1_000 });
    await queue.own(allShards);
    const cycle = async (): Promise<void> => {
      await queue.send(Array.from({ length: 500 }, (_, lane) => aMessage({ entity: `message:${lane}` })));
      await queue.ack(await collect(queue, 500, { max: 500 }));
      expect((await queue.depth()).messages).toBe(0);
      await queue.receive(1, AbortSignal.timeout(1));
    };
    await using open = await transaction(
      server.url,
      "set transaction isolation level repeatable read; select 1",
    );
    for (let cycles = 0; cycles < 20; cycles += 1) await cycle();

    // Leases would have ended by then, and are looked through as well.
    await eventually(async () => {
      await sleep(1_000);
      await server.query("select pg_stat_statements_reset()");
      for (let looks = 0; looks < 2; looks += 1) await queue.receive(1, AbortSignal.timeout(1));
      await queue.depth();
      const [row] = await server.query(
        "select sum(shared_blks_hit + shared_blks_read)::int as pages from pg_stat_statements where query like '%message%'",
      );
      expect(row?.["pages"]).toBeLessThan(1_000);
    }, 15_000);

    await open.commit();
    await queue.close();
  },
);

test.skipIf(!isThere)(
  "the age is that of the oldest, also if that was committed after newer ones",
  async () => {
    await using schema = ownSchema();
    const queue = await openPostgresQueue(schema.url, options);
    await queue.depth();
    await using sending = await slowSend(schema, messageOf("late"));
    await sleep(1_000);
    await queue.send(messages("newer", 1));
    await queue.depth();

    await sending.commit();

    expect((await queue.depth()).oldestAgeMs).toBeGreaterThan(1_000);
    await queue.close();
  },
);

describe.skipIf(!isThere)("nothing that comes below what was handed out is missed", () => {
  test.concurrent("what was numbered before it, and is committed late", { timeout: 30_000 }, async () => {
    await using schema = ownSchema();
    const queue = await openPostgresQueue(schema.url, options);
    await queue.own(allShards);
    await using sending = await slowSend(schema, messageOf("late"));
    await raiseFloors(queue);

    await sending.commit();

    expect(await soon(queue)).toEqual(["late"]);
    await queue.close();
  });

  test.concurrent(
    "a delay that was written before it, and is committed late",
    { timeout: 30_000 },
    async () => {
      await using schema = ownSchema();
      const queue = await openPostgresQueue(schema.url, options);
      await queue.own(allShards);
      await queue.send(messages("message", 1));
      await takeOne(queue);
      await using delaying = await transaction(
        engineUrls.postgres,
        `update ${schema.name}.message set ready_at = clock_timestamp(), owner = null`,
      );
      await raiseFloors(queue);

      await delaying.commit();

      expect(await soon(queue)).toEqual(["message 0"]);
      await queue.close();
    },
  );

  test.concurrent("what is given back, in its order", { timeout: 30_000 }, async () => {
    await using schema = ownSchema();
    const queue = await openPostgresQueue(schema.url, options);
    await queue.own(allShards);
    await queue.send(messages("message", 2));
    const [first, second] = await collect(queue, 2);
    await raiseFloors(queue);
    await queue.send([messageOf("newer")]);

    for (const each of [second, first])
      if (each !== undefined) await queue.retry(each, { delayMs: 0, attempt: 1 });

    expect(await soon(queue, 3)).toEqual(["message 0", "message 1", "newer"]);
    await queue.close();
  });

  test.concurrent(
    "a retry, and what was not answered until its lease ended",
    { timeout: 30_000 },
    async () => {
      await using schema = ownSchema();
      // Enough for the floors to be raised, also on a machine that is slow.
      const leaseMs = 12_000;
      const queue = await openPostgresQueue(schema.url, { leaseMs });
      await queue.own(allShards);
      await queue.send(messages("message", 2));
      const [first] = await collect(queue, 2);
      const endsAt = performance.now() + leaseMs;
      await raiseFloors(queue);

      if (first !== undefined) await queue.retry(first, { delayMs: 1, attempt: 2 });

      expect(await soon(queue)).toEqual(["message 0"]);
      await sleep(endsAt - performance.now());
      expect(await soon(queue)).toEqual(["message 1"]);
      await queue.close();
    },
  );

  test.concurrent(
    "what others gave back of a shard that was theirs meanwhile",
    { timeout: 30_000 },
    async () => {
      await using schema = ownSchema();
      const [queue, other] = [
        await openPostgresQueue(schema.url, options),
        await openPostgresQueue(schema.url, options),
      ];
      await queue.own(allShards);
      await queue.send(messages("message", 1));
      await takeOne(queue);
      await raiseFloors(queue);
      await queue.own([]);
      await other.own(allShards);
      await other.retry(await takeOne(other), { delayMs: 0, attempt: 2 });
      await other.close();

      await queue.own(allShards);

      expect(await soon(queue)).toEqual(["message 0"]);
      await queue.close();
    },
  );

  test.concurrent(
    "what others gave back while this one was taken for dead",
    { timeout: 30_000 },
    async () => {
      await using schema = ownSchema();
      const [queue, other] = [
        await openPostgresQueue(schema.url, options),
        await openPostgresQueue(schema.url, options),
      ];
      await queue.own(allShards);
      await queue.send(messages("message", 1));
      await takeOne(queue);
      await raiseFloors(queue);

      await other.own(allShards);
      await other.close();

      expect(await soon(queue)).toEqual(["message 0"]);
      await queue.close();
    },
  );

  test.concurrent("what another server has that counts differently", { timeout: 30_000 }, async () => {
    await using server = await PostgresServer.start();
    const queue = await openPostgresQueue(server.url, options);
    await queue.own(allShards);
    await raiseFloors(queue);
    await server.stop();
    await server.start();
    await server.query("alter sequence hookwell.message_place restart");

    await eventually(() => queue.send([messageOf("lower")]), 10_000);

    expect(await eventually(() => soon(queue), 10_000)).toEqual(["lower"]);
    await queue.close();
  });

  test.concurrent(
    "what is put there by somebody of whom nobody knows, after a while",
    { timeout: 30_000 },
    async () => {
      await using schema = ownSchema();
      const queue = await openPostgresQueue(schema.url, options);
      const message = messageOf("message");
      await queue.own([shardOf(message, sharedShards)]);
      await queue.send([message]);
      await takeOne(queue);
      await raiseFloors(queue);

      await schema.query(`update ${schema.name}.message set waiting = true, owner = null, ready_at = null`);

      const [found] = await collect(queue, 1, { withinMs: 12_000 });
      expect(found && textOf(found)).toBe("message");
      await queue.close();
    },
  );
});

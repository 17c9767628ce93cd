import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { ownSchema, type OwnSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { openPostgres } from "../../../lib/postgres/postgres.ts";
import { eventually } from "../../../testing/eventually.ts";
import {
  attemptsOf,
  collect,
  messages,
  owned,
  takeOne,
  takeTwo,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { allShards, type QueueDriver } from "../../driver.ts";
import { PostgresConsumer } from "./consumer.ts";
import type { FlooredShards } from "./floors.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = await answers("postgres");
const leaseMs = 30_000;
const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1";

const opened = (schema: OwnSchema): Promise<QueueDriver> => owned(openPostgresQueue(schema.url, { leaseMs }));

/** The only worker begins anew, as after an answer that was lost. */
const beginsAnew = ({ name, query }: OwnSchema): Promise<unknown> => query(`delete from ${name}.consumer`);

describe.skipIf(!isThere)("a worker that begins anew", () => {
  test("is not handed again what it has", async () => {
    await using schema = ownSchema();
    const queue = await opened(schema);
    await queue.send(messages("message", 1));
    const delivery = await takeOne(queue);

    await beginsAnew(schema);

    expect(await queue.receive(1, AbortSignal.timeout(500))).toEqual([]);
    await queue.ack([delivery]);
    expect((await queue.depth()).messages).toBe(0);
    await queue.close();
  });

  test("is handed what it was handed without knowing, also if it had that once and gave it up", async () => {
    await using schema = ownSchema();
    const queue = await opened(schema);
    await queue.send(messages("message", 1));
    await takeOne(queue);
    await queue.own([]);
    await queue.own(allShards);
    await schema.query(
      `update ${schema.name}.message m set waiting = false, attempt = attempt + 1, owner = c.id,
         ready_at = now() + interval '30 s' from ${schema.name}.consumer c`,
    );

    await beginsAnew(schema);

    const deliveries = await collect(queue, 1, { withinMs: 3_000 });
    expect(attemptsOf(deliveries)).toEqual([2]);
    await queue.close();
  });

  test("is handed nothing by a call from before, which nobody waits for", async () => {
    await using schema = ownSchema();
    const queue = await openPostgresQueue(schema.url, { leaseMs });
    await queue.send(messages("message", 1));
    const db = await openPostgres(schema.url, { part: "queue", connections: 1 });
    const owner = randomUUID();
    const [before, now] = [
      new PostgresConsumer(db, owner, leaseMs),
      new PostgresConsumer(db, owner, leaseMs),
    ];
    const shards: FlooredShards = [allShards, allShards.map(() => 0), allShards.map(() => 0), ""];
    await before.begin([]);
    for (let epoch = 1; epoch <= 2; epoch += 1) await now.begin([]);

    expect(await before.take(1, shards, { bytes: 1 })).toEqual([]);
    expect(textsOf(await now.take(1, shards, { bytes: 1 }))).toEqual(["message 0"]);
    await db.end();
    await queue.close();
  });
});

test.skipIf(!isThere)(
  "who has lost a shard has no say in what was tried again and is ready for its new owner",
  async () => {
    await using schema = ownSchema();
    const [lost, owner] = [await opened(schema), await openPostgresQueue(schema.url, { leaseMs })];
    await lost.send(messages("message", 2));
    for (const failed of await takeTwo(lost)) await lost.retry(failed, { delayMs: 0, attempt: 2 });
    const [first, second] = await takeTwo(lost);
    await owner.own(allShards);

    await lost.retry(first, { delayMs: 60_000, attempt: 3 });
    await lost.extend([second]);

    expect(textsOf(await collect(owner, 2, { withinMs: 3_000 }))).toEqual(["message 0", "message 1"]);
    await Promise.all([lost.close(), owner.close()]);
  },
);

test.skipIf(!isThere)("an event that somebody has locked holds up no other", async () => {
  await using schema = ownSchema();
  await using held = new AsyncDisposableStack();
  const queue = await opened(schema);
  held.defer(() => queue.close());
  await queue.send(messages("message", 2));
  const other = new Client({ connectionString: engineUrls.postgres });
  await other.connect();
  held.defer(() => other.end());
  await other.query("begin");
  await other.query(`select from ${schema.name}.message order by id limit 1 for update`);

  const free = await queue.receive(2, AbortSignal.timeout(3_000));

  await other.query("commit");
  expect(textsOf([...free, await takeOne(queue)])).toEqual(["message 1", "message 0"]);
});

test.skipIf(!isThere)(
  "who takes over rows that somebody has locked holds up nobody who takes them in their order",
  async () => {
    await using schema = ownSchema();
    const [before, next] = [await opened(schema), await openPostgresQueue(schema.url, { leaseMs })];
    await before.send(messages("message", 2));
    const [failed] = await takeTwo(before);
    await before.retry(failed, { delayMs: 0, attempt: 2 });
    await takeOne(before);
    const other = new Client({ connectionString: engineUrls.postgres });
    await other.connect();
    const lock = `select from ${schema.name}.message where id = $1 for update`;
    const [first, second] = await schema.query(`select id from ${schema.name}.message order by id`);
    await other.query("begin");
    await other.query(lock, [first?.["id"]]);

    const takingOver = next.own(allShards);
    await eventually(async () => expect(await schema.query(waiting, [`%${schema.name}%`])).toHaveLength(1));
    await other.query(lock, [second?.["id"]]);

    await other.query("commit");
    await takingOver;
    expect(textsOf(await collect(next, 2))).toEqual(["message 1", "message 0"]);
    await other.end();
    await Promise.all([before.close(), next.close()]);
  },
);

test.skipIf(!isThere)("what was known of another server keeps nothing from who asks this one", async () => {
  await using schema = ownSchema();
  const queue = await openPostgresQueue(schema.url, { leaseMs });
  await queue.send(messages("message", 1));
  const db = await openPostgres(schema.url, { part: "queue", connections: 1 });
  const consumer = new PostgresConsumer(db, randomUUID(), leaseMs);
  await consumer.begin([]);
  const far = allShards.map(() => 1_000_000);

  const deliveries = await consumer.take(1, [allShards, far, far, "another"], { bytes: 1 });

  expect(textsOf(deliveries)).toEqual(["message 0"]);
  await db.end();
  await queue.close();
});

test.skipIf(!isThere)(
  "a message whose attempts somebody set as high as they go keeps no other one from coming",
  async () => {
    await using schema = ownSchema();
    const queue = await opened(schema);
    await queue.send(messages("message", 3));
    await schema.query(`update ${schema.name}.message set attempt = 2147483647 where id = 1`);

    const [highest, ...others] = await collect(queue, 3);

    expect([highest, ...others].map((delivery) => delivery?.attempt)).toEqual([2_147_483_646, 1, 1]);
    if (highest !== undefined) await queue.retry(highest, { delayMs: 0, attempt: highest.attempt + 1 });
    const again = await takeOne(queue);
    expect(again.attempt).toBe(2_147_483_646);
    await queue.ack([again, ...others]);
    expect((await queue.depth()).messages).toBe(0);
    await queue.close();
  },
);

test.skipIf(!isThere)(
  "a number that was drawn twice, as when tables were moved without their sequences, keeps no message from coming",
  async () => {
    await using schema = ownSchema();
    const queue = await opened(schema);
    await queue.send(messages("first", 1));
    await queue.retry(await takeOne(queue), { delayMs: 1_000, attempt: 2 });
    await schema.query(`select setval('${schema.name}.message_place', 1, false)`);
    await queue.send(messages("second", 1));

    const deliveries = await collect(queue, 2);

    expect(textsOf(deliveries)).toEqual(["second 0", "first 0"]);
    await queue.ack(deliveries);
    expect((await queue.depth()).messages).toBe(0);
    await queue.close();
  },
);

test.skipIf(!isThere)(
  "what is done with one of two messages with the same number leaves the other where it is",
  async () => {
    await using schema = ownSchema();
    const queue = await opened(schema);
    const dueInMinutes = async (): Promise<unknown> => {
      const rows = await schema.query(
        `select round(extract(epoch from ready_at - now()) / 60)::int as minutes from ${schema.name}.message
           where owner is null and isfinite(ready_at)`,
      );
      return rows[0]?.["minutes"];
    };
    await queue.send(messages("first", 1));
    await queue.retry(await takeOne(queue), { delayMs: 3_600_000, attempt: 2 });
    await schema.query(`select setval('${schema.name}.message_place', 1, false)`);
    await queue.send(messages("second", 1));
    const second = await takeOne(queue);

    await queue.extend([second]);
    expect(await dueInMinutes()).toBe(60);

    await queue.close();
    expect(await dueInMinutes()).toBe(60);
  },
);

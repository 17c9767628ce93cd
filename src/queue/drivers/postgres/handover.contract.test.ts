import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { ownSchema, type OwnSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { shardOf } from "../../../event/shard.ts";
import { eventually } from "../../../testing/eventually.ts";
import {
  attemptsOf,
  collect,
  messageOf,
  messages,
  never,
  takeOne,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { allShards, sharedShards } from "../../driver.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = await answers("postgres");

/** Hand-outs stand still at the server. */
async function holdHandOuts(schema: OwnSchema) {
  const client = new Client({ connectionString: engineUrls.postgres });
  await client.connect();
  await client.query(`begin; select from ${schema.name}.consumer for update`);
  return {
    /** Resolves when one stands there. */
    met: () =>
      eventually(async () => {
        const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1";
        expect(await schema.query(waiting, [`%${schema.name}%`])).toHaveLength(1);
      }),
    release: () => client.query("commit").then(() => client.end()),
  };
}

const sent = messages("message", 2);
const shards = new Set(sent.map((message) => shardOf(message, sharedShards)));

test.skipIf(!isThere).for([
  { left: "all", kept: [] },
  { left: "its shard", kept: allShards.filter((shard) => !shards.has(shard)) },
])(
  "a hand-out that the server is slow with keeps nothing from the worker that has the shards next, and counts no attempt, where the one before has left $left",
  async ({ kept }) => {
    await using schema = ownSchema();
    const [one, next] = [
      await openPostgresQueue(schema.url, { leaseMs: 30_000 }),
      await openPostgresQueue(schema.url, { leaseMs: 30_000 }),
    ];
    await one.own(allShards);
    await one.receive(1, AbortSignal.timeout(100));
    const hold = await holdHandOuts(schema);
    await next.send(sent);
    const receiving = one.receive(10, never);
    await hold.met();

    const handover = one.own(kept).then(() => next.own([...shards]));
    await sleep(300);
    await hold.release();
    await handover;

    const deliveries = await collect(next, 2, { withinMs: 3_000 });
    expect(textsOf(deliveries)).toEqual(["message 0", "message 1"]);
    expect(attemptsOf(deliveries)).toEqual([1, 1]);
    expect(await receiving).toEqual([]);
    await Promise.all([one.close(), next.close()]);
  },
);

test.skipIf(!isThere)(
  "a worker that hangs in the middle of a large hand-out keeps it from others for some seconds only",
  { timeout: 40_000 },
  async () => {
    await using schema = ownSchema();
    await using line = await Line.to(engineUrls.postgres);
    const [hung, next] = [
      await openPostgresQueue(line.through(schema.url), { leaseMs: 30_000 }),
      await openPostgresQueue(schema.url, { leaseMs: 30_000 }),
    ];
    await hung.own(allShards);
    const hold = await holdHandOuts(schema);
    const body = new Uint8Array(1_000_000);
    await next.send(Array.from({ length: 15 }, () => ({ ...messageOf(body) })));
    const receiving = Promise.allSettled([hung.receive(15, never)]);
    await hold.met();
    line.hold();
    await hold.release();
    await sleep(1_000);

    await next.own(allShards);

    expect(await collect(next, 15, { withinMs: 15_000 })).toHaveLength(15);
    line.cut();
    await receiving;
    await Promise.all([hung.close(), next.close()]);
  },
);

test.skipIf(!isThere)(
  "a hand-out to a worker that died is not carried out after another has its shards, and nothing is left of it",
  async () => {
    await using schema = ownSchema();
    await using line = await Line.to(engineUrls.postgres);
    const [dead, next] = [
      await openPostgresQueue(line.through(schema.url), { leaseMs: 30_000 }),
      await openPostgresQueue(schema.url, { leaseMs: 30_000 }),
    ];
    await dead.own(allShards);
    const hold = await holdHandOuts(schema);
    await next.send(messages("message", 2));
    const receiving = Promise.allSettled([dead.receive(10, never)]);
    await hold.met();
    line.cut();

    const takingOver = next.own(allShards);
    await sleep(300);
    await hold.release();
    await takingOver;

    expect(textsOf(await collect(next, 2, { withinMs: 3_000 }))).toEqual(["message 0", "message 1"]);
    expect(await schema.query(`select from ${schema.name}.consumer`)).toHaveLength(1);
    await receiving;
    await Promise.all([dead.close(), next.close()]);
  },
);

test.skipIf(!isThere)(
  "who has lost a shard has no say in what its new owner sent back for later",
  async () => {
    await using schema = ownSchema();
    const [lost, owner] = [
      await openPostgresQueue(schema.url, { leaseMs: 30_000 }),
      await openPostgresQueue(schema.url, { leaseMs: 30_000 }),
    ];
    await lost.own(allShards);
    await lost.send(messages("message", 1));
    const before = await takeOne(lost);
    await owner.own(allShards);
    const early = await takeOne(owner);
    await owner.retry(early, { delayMs: 60_000, attempt: early.attempt });

    await lost.retry(before, { delayMs: 0, attempt: before.attempt + 1 });

    expect(await owner.receive(1, AbortSignal.timeout(500))).toEqual([]);
    await Promise.all([lost.close(), owner.close()]);
  },
);

test.skipIf(!isThere)("a hand-out that is over has no say in the next one, to the same worker", async () => {
  await using schema = ownSchema();
  const queue = await openPostgresQueue(schema.url, { leaseMs: 30_000 });
  await queue.own(allShards);
  await queue.send(messages("message", 1));
  const over = await takeOne(queue);
  await schema.query(`update ${schema.name}.message set ready_at = now()`);
  await takeOne(queue);

  await queue.retry(over, { delayMs: 0, attempt: 2 });

  expect(await queue.receive(1, AbortSignal.timeout(500))).toEqual([]);
  await queue.close();
});

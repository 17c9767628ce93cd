import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "redis";
import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { redisQueueHarness } from "../../../../test/support/drivers/redis-harness.ts";
import { RedisServer } from "../../../../test/support/servers/redis-server.ts";
import { aMessage } from "../../../testing/builders.ts";
import { promptly, timed } from "../../../testing/eventually.ts";
import {
  assertEmpty,
  collect,
  messages,
  never,
  ownAll,
  owned,
} from "../../../testing/queue-driver/harness.ts";
import { allShards } from "../../driver.ts";
import { openRedisQueue } from "./queue.ts";

const isThere = await answers("redis");

test.skipIf(!isThere)("to count large events takes no longer than to count small ones", async () => {
  await using server = await RedisServer.start("--appendonly", "no");
  const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
  for (let number = 0; number < 48; number += 1) {
    await queue.send([aMessage({ entity: `message:${number}`, body: new Uint8Array(2_000_000) })]);
  }
  await queue.depth();
  const countMs = async (): Promise<number> => {
    const before = await server.scriptsMs();
    for (let times = 0; times < 5; times += 1) await queue.depth();
    return (await server.scriptsMs()) - before;
  };

  await expect(promptly(50, countMs)).resolves.toBeUndefined();
  await ownAll(queue);
  await collect(queue, 48);
  await expect(promptly(50, countMs)).resolves.toBeUndefined();
  await queue.close();
});

test.skipIf(!isThere)("the age is that of the oldest, whoever was handed what", async () => {
  const harness = await redisQueueHarness();
  const [onlooker, worker] = [await harness.open(), await owned(harness.open())];
  const ageMs = async (): Promise<number> => (await onlooker.depth()).oldestAgeMs;
  await onlooker.send(messages("old", 1));
  await sleep(400);
  const since = performance.now();
  await onlooker.send(messages("young", 2));

  const before = await ageMs();
  const [old, young] = await collect(worker, 2);
  const handedOut = await ageMs();
  assert.ok(old !== undefined && young !== undefined);
  await worker.ack([old]);
  const gone = await ageMs();
  const youngMs = performance.now() - since;
  await worker.retry(young, { delayMs: 60_000, attempt: 2 });
  await worker.ack(await collect(worker, 1));
  const delayed = await ageMs();

  // Clocks are read in whole milliseconds, and on both sides.
  const isYoung = gone <= youngMs + 20;
  expect([before >= 400, handedOut >= before, isYoung, delayed >= gone]).toEqual([true, true, true, true]);
  expect((await onlooker.depth()).messages).toBe(1);
  await harness.dispose();
});

test.skipIf(!isThere)(
  "what waits is as old as it is, also behind what has gone since it was counted",
  async () => {
    const harness = await redisQueueHarness();
    const [onlooker, worker] = [await harness.open(), await owned(harness.open())];
    await onlooker.send(messages("old", 1));
    await onlooker.depth();
    await sleep(400);
    await worker.ack(await collect(worker, 1));
    await worker.own([]);
    await assertEmpty(worker);

    const { ms, value } = await timed(async () => {
      await onlooker.send(messages("new", 1));
      return onlooker.depth();
    });

    expect(value.oldestAgeMs - ms).toBeLessThan(400);
    await harness.dispose();
  },
);

test.skipIf(!isThere)(
  "nothing is left on the server of an event that was tried again and is handled",
  async () => {
    await using server = await RedisServer.start("--appendonly", "no");
    const queue = await owned(openRedisQueue(server.url, { leaseMs: 30_000 }));
    await queue.send(messages("a", 1));
    const [first] = await collect(queue, 1);
    assert.ok(first !== undefined);
    await queue.retry(first, { delayMs: 0, attempt: 2 });

    await queue.ack(await collect(queue, 1));

    await queue.close();
    expect(await noted(server)).toEqual([]);
  },
);

test.skipIf(!isThere).for([
  { deletes: "the events of a stream", how: ["XTRIM", "MAXLEN", "0"] as const },
  { deletes: "a whole stream", how: ["DEL"] as const },
])(
  "nothing is left on the server of what waits for its next try when somebody deletes $deletes",
  async ({ how: [command, ...args] }) => {
    await using server = await RedisServer.start("--appendonly", "no");
    const queue = await owned(openRedisQueue(server.url, { leaseMs: 30_000 }));
    await queue.send(messages("deleted", 12));
    const deleted = await collect(queue, 12);
    for (const delivery of deleted) await queue.retry(delivery, { delayMs: 0, attempt: 2 });
    // From now on, the place of each is noted.
    const again = await collect(queue, 12);
    for (const delivery of again) await queue.retry(delivery, { delayMs: 0, attempt: 3 });
    for (const shard of allShards) await server.command(command, `{hookwell}:${shard}`, ...args);

    expect(await queue.receive(12, never)).toEqual([]);

    await queue.close();
    expect(await noted(server)).toEqual([]);
  },
);

/** Of which messages there is anything beside the streams. */
async function noted({ url }: RedisServer): Promise<readonly string[]> {
  const client = await createClient({ url }).connect();
  const found = await Promise.all(
    allShards.flatMap((shard) => [
      client.hKeys(`{hookwell}:${shard}:held`),
      client.zRange(`{hookwell}:${shard}:due`, 0, -1),
    ]),
  );
  client.destroy();
  // How many were noted.
  return found.flat().filter((key) => key !== "#");
}

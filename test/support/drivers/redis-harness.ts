import { randomUUID } from "node:crypto";
import { createClient } from "redis";
import type { QueueDriver } from "../../../src/queue/driver.ts";
import { openRedisQueue } from "../../../src/queue/drivers/redis/queue.ts";
import type { QueuePlayHarness } from "../../../src/testing/queue-driver/random-play.ts";
import { driverHarness } from "./driver-harness.ts";
import { engineUrls } from "../servers/engines.ts";
import { Line } from "../network/line.ts";

/** Streams of their own on the server, gone at the end. */
export async function redisQueueHarness(): Promise<QueuePlayHarness> {
  const name = `test-${randomUUID()}`;
  return driverHarness(
    (options) => openRedisQueue(`${engineUrls.redis}?name=${name}`, { leaseMs: 30_000, ...options }),
    () => deleteRedisKeys(engineUrls.redis, name),
  );
}

/** Two workers of streams of their own, gone at the end of the block. */
export interface TwoWorkers extends AsyncDisposable {
  /** The line by which the first worker reaches the server. */
  readonly line: Line;
  readonly workers: readonly [QueueDriver, QueueDriver];
}

/**
 * @example
 * ```ts
 * await using two = await twoWorkers();
 * const [one, next] = two.workers;
 * ```
 */
export async function twoWorkers(): Promise<TwoWorkers> {
  const name = `test-${randomUUID()}`;
  const url = `${engineUrls.redis}?name=${name}`;
  const line = await Line.to(engineUrls.redis);
  const open = (at: string): Promise<QueueDriver> => openRedisQueue(at, { leaseMs: 30_000 });
  const workers = [await open(line.through(url)), await open(url)] as const;
  return {
    line,
    workers,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(workers.map((driver) => driver.close()));
      await line[Symbol.asyncDispose]();
      await deleteRedisKeys(engineUrls.redis, name);
    },
  };
}

/** Deletes all that a Hookwell of this name has on a server. */
export async function deleteRedisKeys(url: string, name: string): Promise<void> {
  const client = await createClient({ url }).connect();
  for await (const keys of client.scanIterator({ MATCH: `{${name}}:*`, COUNT: 1_000 })) {
    if (keys.length > 0) await client.del(keys);
  }
  await client.close();
}

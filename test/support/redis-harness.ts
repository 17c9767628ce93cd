import { randomUUID } from "node:crypto";
import { createClient } from "redis";
import type { QueueDriver } from "../../src/queue/driver.ts";
import { openRedisQueue } from "../../src/queue/drivers/redis/queue.ts";
import type { QueuePlayHarness } from "../../src/testing/queue-driver/random-play.ts";
import { engineUrls } from "./engines.ts";

/** Streams of their own on the server, gone at the end. */
export async function redisQueueHarness(): Promise<QueuePlayHarness> {
  const name = `test-${randomUUID()}`;
  const opened: QueueDriver[] = [];
  return {
    open: async ({ leaseMs = 30_000 } = {}) => {
      const driver = await openRedisQueue(`${engineUrls.redis}?name=${name}`, { leaseMs });
      opened.push(driver);
      return driver;
    },
    dispose: async () => {
      await Promise.all(opened.map((driver) => driver.close()));
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

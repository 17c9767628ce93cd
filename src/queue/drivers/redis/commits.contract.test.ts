import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { RedisServer } from "../../../../test/support/servers/redis-server.ts";
import { eventually } from "../../../testing/eventually.ts";
import { messages } from "../../../testing/queue-driver/harness.ts";
import type { QueueDriver } from "../../driver.ts";
import { openRedisQueue } from "./queue.ts";

const isThere = await answers("redis");

/** Ten large batches at once. */
const sendTen = (queue: QueueDriver): Promise<unknown> =>
  Promise.all(Array.from({ length: 10 }, (_, batch) => queue.send(messages(`batch ${batch}`, 100))));

/** How often the server was asked to wait for its disk. */
async function waitsOf(server: RedisServer): Promise<number> {
  const stats = String(await server.command("INFO", "commandstats"));
  return Number(/cmdstat_waitaof:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

describe.skipIf(!isThere)("large batches", () => {
  test("that a server flushes before it answers are confirmed each by itself", async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });

    await sendTen(queue);

    expect(await waitsOf(server)).toBe(10);
    await queue.close();
  });

  test("that a server flushes each second share its flushes", async () => {
    await using server = await RedisServer.start("--appendfsync", "everysec");
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });

    await sendTen(queue);

    expect(await waitsOf(server)).toBeLessThan(4);
    await queue.close();
  });

  test.for(["appendfsync everysec", "appendonly no"])(
    "are not refused when somebody sets %s",
    { timeout: 40_000 },
    async (setting) => {
      await using server = await RedisServer.start("--appendfsync", "always");
      const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
      await sendTen(queue);

      await server.command("CONFIG", "SET", ...setting.split(" "));

      await sendTen(queue);
      expect((await queue.depth()).messages).toBe(2_000);
      await queue.close();
    },
  );

  test("share flushes also after somebody has set the server so", { timeout: 40_000 }, async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
    await server.command("CONFIG", "SET", "appendfsync", "everysec");

    await eventually(async () => {
      const before = await waitsOf(server);
      await sendTen(queue);
      expect((await waitsOf(server)) - before).toBeLessThan(4);
    }, 30_000);
    await queue.close();
  });
});

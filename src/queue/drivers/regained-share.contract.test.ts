import { afterEach, expect, test } from "vitest";
import { answers, engineUrls } from "../../../test/support/servers/engines.ts";
import { lossyProxy } from "../../../test/support/network/lossy-proxy.ts";
import { ownSchema } from "../../../test/support/drivers/postgres-harness.ts";
import { deleteRedisKeys } from "../../../test/support/drivers/redis-harness.ts";
import { eventually } from "../../testing/eventually.ts";
import { collect, messages, never, ownAll, textsOf } from "../../testing/queue-driver/harness.ts";
import type { QueueDriver, QueueDriverOptions } from "../driver.ts";
import { openPostgresQueue } from "./postgres/queue.ts";
import { openRedisQueue } from "./redis/queue.ts";

const cleanups: (() => PromiseLike<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface World {
  readonly open: (url: string, options: QueueDriverOptions) => Promise<QueueDriver>;
  readonly url: string;
}

function postgres(): World {
  const schema = ownSchema();
  cleanups.push(() => schema[Symbol.asyncDispose]());
  return { open: openPostgresQueue, url: schema.url };
}

function redis(): World {
  const name = `test-${crypto.randomUUID()}`;
  cleanups.push(() => deleteRedisKeys(engineUrls.redis, name));
  return { open: openRedisQueue, url: `${engineUrls.redis}?name=${name}` };
}

/** The owner of all shards, over a line that can be broken. */
async function openThrough(port: number, open: World["open"], url: string): Promise<QueueDriver> {
  const there = new URL(url);
  there.port = String(port);
  const driver = await open(there.href, { leaseMs: 30_000 });
  await ownAll(driver);
  return driver;
}

const isThere = (await answers("postgres")) && (await answers("redis"));

const worlds = [
  { engine: "PostgreSQL", world: postgres },
  { engine: "Redis", world: redis },
];

test.skipIf(!isThere).for(worlds)(
  "what $engine has handed out in an answer that was lost comes again at once, also to a worker that had it before, lost its shard, and has that back",
  { timeout: 40_000 },
  async ({ world }) => {
    const { open, url } = world();
    await using proxy = await lossyProxy(Number(new URL(url).port));
    const driver = await openThrough(proxy.port, open, url);
    await driver.send(messages("message", 3));
    await collect(driver, 3);
    await driver.own([]);
    await ownAll(driver);

    proxy.loseAnswers();
    await expect(driver.receive(10, never)).rejects.toThrow();
    proxy.heal();

    await eventually(() => driver.depth(), 10_000);
    const deliveries = await collect(driver, 3, { withinMs: 10_000 });
    expect(textsOf(deliveries)).toEqual(["message 0", "message 1", "message 2"]);
    await driver.ack(deliveries);
    await driver.close();
  },
);

test.skipIf(!isThere).for(worlds)(
  "what $engine had handed out of a shard that was lost counts also for who has it back over another line",
  { timeout: 40_000 },
  async ({ world }) => {
    const { open, url } = world();
    await using proxy = await lossyProxy(Number(new URL(url).port));
    const driver = await openThrough(proxy.port, open, url);
    await driver.send(messages("message", 1));
    await collect(driver, 1);
    await driver.own([]);

    proxy.loseAnswers();
    await expect(driver.depth()).rejects.toThrow();
    proxy.heal();
    await eventually(() => ownAll(driver), 10_000);

    const [again] = await collect(driver, 1, { withinMs: 10_000 });
    expect(again?.attempt).toBe(2);
    await driver.close();
  },
);

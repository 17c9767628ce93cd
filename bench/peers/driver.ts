/** Hookwell's drivers without the rest of it. */
import type { QueueDriver, QueueDriverOptions } from "../../src/queue/driver.ts";
import { openAmqpQueue } from "../../src/queue/drivers/amqp/queue.ts";
import { openNatsQueue } from "../../src/queue/drivers/nats/queue.ts";
import { openPostgresQueue } from "../../src/queue/drivers/postgres/queue.ts";
import { openRedisQueue } from "../../src/queue/drivers/redis/queue.ts";
import { servePeer } from "../engines/serve-peer.ts";

type Open = (url: string, options: QueueDriverOptions) => Promise<QueueDriver>;

const drivers: Readonly<Record<string, Open>> = {
  postgres: openPostgresQueue,
  redis: openRedisQueue,
  amqp: openAmqpQueue,
  nats: openNatsQueue,
};

await servePeer(async (url) => {
  const open = drivers[url.slice(0, url.indexOf(":"))];
  if (open === undefined) throw new Error("No driver knows this scheme.");
  return open(url, { leaseMs: 30_000 });
});

import type { QueueDriver, QueueDriverOptions } from "../../../src/queue/driver.ts";
import { openAmqpQueue } from "../../../src/queue/drivers/amqp/queue.ts";
import { openNatsQueue } from "../../../src/queue/drivers/nats/queue.ts";
import { openPostgresQueue } from "../../../src/queue/drivers/postgres/queue.ts";
import { openRedisQueue } from "../../../src/queue/drivers/redis/queue.ts";
import type { TestedEngine } from "../servers/engines.ts";
import { lossyProxy, type LossyProxy } from "../network/lossy-proxy.ts";
import { ownQueue } from "../servers/own-queue.ts";

/** Opens the driver of an engine. */
export const driverOpeners: Readonly<
  Record<TestedEngine, (url: string, options: QueueDriverOptions) => Promise<QueueDriver>>
> = {
  postgres: openPostgresQueue,
  amqp: openAmqpQueue,
  redis: openRedisQueue,
  nats: openNatsQueue,
};

/** Two processes with one queue of their own, gone at the end of the block. */
interface TwoDrivers extends AsyncDisposable {
  /** What the first of them reaches the server through. */
  readonly proxy: LossyProxy;
  readonly drivers: readonly [QueueDriver, QueueDriver];
}

export async function twoDrivers(engine: TestedEngine): Promise<TwoDrivers> {
  await using held = new AsyncDisposableStack();
  const { url } = held.use(ownQueue(engine));
  const there = new URL(url);
  const proxy = held.use(await lossyProxy(Number(there.port)));
  there.port = String(proxy.port);
  const open = async (at: string): Promise<QueueDriver> =>
    held.adopt(await driverOpeners[engine](at, { leaseMs: 60_000 }), (driver) => driver.close());
  const drivers = [await open(there.href), await open(url)] as const;
  const all = held.move();
  return { proxy, drivers, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

import { randomUUID } from "node:crypto";
import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { QueueDriver } from "../../../src/queue/driver.ts";
import { openNatsQueue } from "../../../src/queue/drivers/nats/queue.ts";
import type { QueueHarness } from "../../../src/testing/queue-driver/harness.ts";
import { driverHarness } from "./driver-harness.ts";

/** A stream of its own on a server that runs. */
export async function natsQueueHarness(server: string): Promise<QueueHarness> {
  const name = `test-${randomUUID()}`;
  return driverHarness(
    (options) => openNatsQueue(`${server}?name=${name}`, { leaseMs: 30_000, ...options }),
    () => removeStreams(server, name),
  );
}

/** Two processes that share the queue of a server; what one of them holds is not free by itself while a test runs. */
export async function twoQueues({ url }: { readonly url: string }): Promise<[QueueDriver, QueueDriver]> {
  const options = { leaseMs: 30_000 };
  return [await openNatsQueue(url, options), await openNatsQueue(url, options)];
}

/** Removes all that a queue of this name has on a server. */
export async function removeStreams(server: string, name: string): Promise<void> {
  await withManager({ url: server }, async (manager) => {
    for await (const { config } of manager.streams.list()) {
      if (config.name.startsWith(name)) await manager.streams.delete(config.name);
    }
  });
}

/** Lets an operator act on a server. */
export async function withManager(
  { url }: { readonly url: string },
  act: (manager: JetStreamManager) => Promise<unknown>,
): Promise<void> {
  const connection = await connect({ servers: url.replace("nats://", "") });
  try {
    await act(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

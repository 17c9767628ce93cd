import { randomUUID } from "node:crypto";
import { Connection } from "rabbitmq-client";
import { AmqpNames } from "../../../src/queue/drivers/amqp/topology/names.ts";
import { openAmqpQueue } from "../../../src/queue/drivers/amqp/queue.ts";
import type { QueueHarness } from "../../../src/testing/queue-driver/harness.ts";
import { driverHarness } from "./driver-harness.ts";
import { engineUrls } from "../servers/engines.ts";

export interface AmqpHarness extends QueueHarness {
  readonly names: AmqpNames;
  readonly url: string;
}

/** Names of its own on a server that others use too. */
export async function amqpHarness(server: string = engineUrls.amqp): Promise<AmqpHarness> {
  const name = `test-${randomUUID()}`;
  const names = new AmqpNames(name);
  const url = `${server}?name=${name}`;
  const drivers = driverHarness(
    (options?: { readonly leaseMs?: number }) => openAmqpQueue(url, { leaseMs: 30_000, ...options }),
    () => removeNames(server, name),
  );
  return { names, url, ...drivers };
}

/** Runs a test with names of its own. */
export async function withNames(
  run: (harness: AmqpHarness) => Promise<void>,
  server: string = engineUrls.amqp,
): Promise<void> {
  const harness = await amqpHarness(server);
  try {
    await run(harness);
  } finally {
    await harness.dispose();
  }
}

/** Lends a client of its own, as any other program would be. */
export async function withClient<T>(url: string, use: (client: Connection) => Promise<T>): Promise<T> {
  const client = new Connection({ url, retryLow: 100 });
  client.on("error", () => undefined);
  try {
    return await use(client);
  } finally {
    client.unsafeDestroy();
  }
}

/** Removes all that a Hookwell of this name has on a server. */
export const removeNames = (server: string, name: string): Promise<void> =>
  withClient(server, (client) => removeTopology(client, new AmqpNames(name)));

async function removeTopology(client: Connection, names: AmqpNames): Promise<void> {
  for (const queue of [...names.queues, names.members, names.worker]) await client.queueDelete(queue);
  for (const exchange of names.exchanges) await client.exchangeDelete({ exchange });
}

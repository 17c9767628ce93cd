import assert from "node:assert/strict";
import { eventually } from "../../src/testing/eventually.ts";
import { AmqpCluster } from "../../test/support/servers/amqp-cluster.ts";
import type { EngineServer } from "./server.ts";
import { inTurn, replicated } from "./replicated.ts";

const size = 3;

/** How long a node may take to be one of the cluster again, in ms. */
const patienceMs = 60_000;

/** Three nodes of RabbitMQ, each with a copy of all queues. */
export async function replicatedAmqp(): Promise<EngineServer & AsyncDisposable> {
  const cluster = await AmqpCluster.start(size);
  return replicated({
    url: cluster.url(0),
    next: inTurn(cluster.nodes),
    whole: () => eventually(() => hasAllCopies(cluster), patienceMs),
    servers: cluster,
  });
}

async function hasAllCopies(cluster: AmqpCluster): Promise<void> {
  const text = await cluster.node(0).control("--formatter", "json", "list_queues", "name", "online");
  const queues = JSON.parse(text) as readonly { readonly name: string; readonly online: unknown }[];
  // Of a queue that is not copied it tells nothing.
  const copied = queues.filter(({ online }) => Array.isArray(online));
  for (const { name, online } of copied) assert.equal((online as unknown[]).length, size, name);
}

import assert from "node:assert/strict";
import { eventually } from "../../src/testing/eventually.ts";
import type { JetStreamManager } from "@nats-io/jetstream";
import { NatsCluster } from "../../test/support/servers/nats-cluster.ts";
import { withManager } from "../../test/support/drivers/nats-harness.ts";
import type { EngineServer } from "./server.ts";
import { inTurn, replicated } from "./replicated.ts";

const size = 3;

/** How long a server may take to have all that the others have, in ms. */
const patienceMs = 60_000;

/** Three servers of NATS, each with a copy of all streams. */
export async function replicatedNats(): Promise<EngineServer & AsyncDisposable> {
  const cluster = await NatsCluster.start(size);
  const [first] = cluster.servers;
  assert.ok(first !== undefined);
  return replicated({
    url: `${cluster.url}?replicas=${size}`,
    next: inTurn(cluster.servers),
    whole: () => eventually(() => withManager(first, hasAllCopies), patienceMs),
    servers: cluster,
  });
}

async function hasAllCopies({ streams }: JetStreamManager): Promise<void> {
  for await (const { config, cluster } of streams.list()) {
    const current = (cluster?.replicas ?? []).filter((replica) => replica.current);
    assert.equal(current.length, size - 1, `${config.name}: ${JSON.stringify(cluster)}`);
  }
}

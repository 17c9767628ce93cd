import { eventually } from "../../src/testing/eventually.ts";
import { NatsCluster } from "../../test/support/servers/nats-cluster.ts";
import type { NatsServer } from "../../test/support/servers/nats-server.ts";
import type { EngineServer } from "./server.ts";
import { inTurn, replicated, type Member } from "./replicated.ts";

const size = 3;

/** How long a server may take to have all that the others have, in ms. */
const patienceMs = 60_000;

/** Three servers of NATS, each with a copy of all streams. */
export async function replicatedNats(): Promise<EngineServer & AsyncDisposable> {
  const cluster = await NatsCluster.start(size);
  const member = (server: NatsServer): Member => ({
    kill: () => server.kill(),
    stop: () => server.stop(),
    pause: () => server.pause(),
    start: () => cluster.bringBack(server),
    resume: () => server.resume(),
  });
  return replicated({
    url: `${cluster.url}?replicas=${size}`,
    next: inTurn(cluster.servers.map(member)),
    whole: () => eventually(() => cluster.hasAllCopies(), patienceMs),
    servers: cluster,
  });
}

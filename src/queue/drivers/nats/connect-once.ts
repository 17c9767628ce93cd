import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import type { NatsClient } from "./client.ts";

type Connecting = Pick<NatsClient, "connect">;

/** How many hosts are tried beyond the named ones; a cluster that refuses us must not be asked without an end. */
const moreTries = 4;

/** How long the client waits before it tries a server once more, in ms. */
const delayMs = (): number => 250 + Math.random() * 750;

/**
 * Connects, or tells why no host lets us in. A server of a cluster names the others, and the client would try those one
 * after the other, without a pause or an end, and so never tell that they refuse us. So it is stopped then, and the
 * named hosts alone are asked for the reason. If one of them lets us in after all, that connection is not kept, since it
 * would never learn of the other servers: they are what is left when this one dies.
 */
export async function connectOnce(client: Connecting, options: ConnectionOptions): Promise<NatsConnection> {
  const named = [options.servers ?? []].flat();
  const connection =
    (await connectOrStop(client, options, named)) ?? (await connectAfterAll(client, options, named));
  if (connection === undefined) throw new Error("none of the servers that were tried lets us in");
  rememberAll(connection, named);
  return connection;
}

/** @throws why the named hosts do not let us in */
async function connectAfterAll(
  client: Connecting,
  options: ConnectionOptions,
  named: readonly string[],
): Promise<NatsConnection | undefined> {
  const probe = await client.connect({
    ...options,
    reconnectDelayHandler: delayMs,
    ignoreClusterUpdates: true,
  });
  const open = probe.getServer();
  await probe.close();
  const others = named.filter((host) => host !== open);
  return connectOrStop(client, { ...options, servers: [open, ...others], noRandomize: true }, named);
}

/** The connection; undefined if the client was stopped. */
async function connectOrStop(
  client: Connecting,
  options: ConnectionOptions,
  named: readonly string[],
): Promise<NatsConnection | undefined> {
  const stopped = new Error("The client tries hosts that it was not given.");
  let isThere = false;
  let tries = 0;
  // The client asks before each try, and once more when it has no host left.
  const reconnectDelayHandler = (): number => {
    tries += 1;
    if (!isThere && tries > named.length + moreTries) throw stopped;
    return delayMs();
  };
  try {
    const connection = await client.connect({ ...options, reconnectDelayHandler });
    isThere = true;
    return connection;
  } catch (error) {
    if (error !== stopped) throw error;
    return undefined;
  }
}

/** Until the first connection is there, the client forgets each host that it does not reach. */
function rememberAll(connection: NatsConnection, named: readonly string[]): void {
  const known = connection.getServers().map(({ listen }) => listen);
  const forgotten = named.filter((host) => !known.includes(host));
  if (forgotten.length > 0) connection.setServers([...known, ...forgotten]);
}

import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import type { NatsClient } from "./client.ts";

/** How long the client waits before it tries a server once more, in ms. */
const delayMs = (): number => 250 + Math.random() * 750;

/**
 * Connects, or tells why no host lets us in. A server of a cluster names the others, and the client would try those one
 * after the other, without a pause or an end, and so never tell that they refuse us. So it is stopped then, and asked
 * once more without them.
 */
export async function connectOnce(
  client: Pick<NatsClient, "connect">,
  options: ConnectionOptions,
  hosts: number,
): Promise<NatsConnection> {
  const stopped = new Error("The client tries hosts that it was not given.");
  let isThere = false;
  let tries = 0;
  // The client asks before each try, and once more when it has no host left.
  const reconnectDelayHandler = (): number => {
    tries += 1;
    if (!isThere && tries > hosts + 1) throw stopped;
    return delayMs();
  };
  try {
    const connection = await client.connect({ ...options, reconnectDelayHandler });
    isThere = true;
    return connection;
  } catch (error) {
    if (error !== stopped) throw error;
    return client.connect({ ...options, reconnectDelayHandler: delayMs, ignoreClusterUpdates: true });
  }
}

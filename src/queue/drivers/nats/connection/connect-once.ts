import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import { failedOf } from "../../../../lib/async/settled.ts";
import type { NatsClient } from "./client.ts";
import { isTimeout } from "../errors.ts";

type Connecting = Pick<NatsClient, "connect">;

/** How many hosts are tried beyond the named ones; a cluster that refuses us must not be asked without an end. */
const moreTries = 4;

/** How long the client waits before it tries a server once more, in ms. */
const delayMs = (): number => 250 + Math.random() * 750;

class StoppedError extends Error {}

/** The client keeps to itself what is said to a login, but a refusal. */
export class UnansweredLoginError extends Error {
  constructor() {
    super("no answer to the login, as it is if the account has max_conn connections already");
  }
}

/**
 * Connects, or tells why no host lets us in. A server of a cluster names the others, and the client would try those one
 * after the other, without a pause or an end, and so never tell that they refuse us. So it is stopped then. Of several
 * hosts, it tells only why the last one did not let us in. In both cases each named host is asked for its reason. If one
 * of them lets us in after all, that connection is not kept, since it would never learn of the other servers: they are
 * what is left when this one dies.
 *
 * @throws {AggregateError} the reasons, if several hosts are named; in their order
 */
export async function connectOnce(client: Connecting, options: ConnectionOptions): Promise<NatsConnection> {
  const named = [options.servers ?? []].flat();
  const connection = await connectOrStop(client, options, named).catch(async (error: unknown) => {
    if (named.length === 1 && !(error instanceof StoppedError)) throw error;
    const servers = await openFirst(client, options, named);
    return connectOrStop(client, { ...options, servers, noRandomize: true }, named);
  });
  rememberAll(connection, named);
  return connection;
}

/** The named hosts, those that let us in before the others. @throws why none does */
async function openFirst(
  client: Connecting,
  options: ConnectionOptions,
  named: readonly string[],
): Promise<string[]> {
  const asking = { ...options, reconnectDelayHandler: delayMs, ignoreClusterUpdates: true };
  const ends = await Promise.allSettled(
    named.map(async (host) => (await connectBy(client, { ...asking, servers: host })).close()),
  );
  const reasons = failedOf(ends).map(({ reason }) => reason);
  if (reasons.length === named.length) throw named.length === 1 ? reasons[0] : new AggregateError(reasons);
  const { fulfilled = [], rejected = [] } = Object.groupBy(named, (_, at) => ends[at]?.status ?? "rejected");
  return [...fulfilled, ...rejected];
}

/** Connects; of a host that keeps silent it says whether our login had been sent. */
async function connectBy(client: Connecting, options: ConnectionOptions): Promise<NatsConnection> {
  let isLoginSent = false;
  const authenticator = [options.authenticator ?? [], () => void (isLoginSent = true)].flat();
  try {
    return await client.connect({ ...options, authenticator });
  } catch (error) {
    throw isLoginSent && isTimeout(error) ? new UnansweredLoginError() : error;
  }
}

/** @throws {StoppedError} if the client was stopped */
async function connectOrStop(
  client: Connecting,
  options: ConnectionOptions,
  named: readonly string[],
): Promise<NatsConnection> {
  let isThere = false;
  let tries = 0;
  // The client asks before each try, and once more when it has no host left.
  const reconnectDelayHandler = (): number => {
    tries += 1;
    if (!isThere && tries > named.length + moreTries)
      throw new StoppedError("none of the servers that were tried lets us in");
    return delayMs();
  };
  const connection = await connectBy(client, { ...options, reconnectDelayHandler });
  isThere = true;
  return connection;
}

/** Until the first connection is there, the client forgets each host that it does not reach. */
function rememberAll(connection: NatsConnection, named: readonly string[]): void {
  const known = connection.getServers().map(({ listen }) => listen);
  const forgotten = named.filter((host) => !known.includes(host));
  if (forgotten.length > 0) connection.setServers([...known, ...forgotten]);
}

import { QueueUnavailableError } from "../../../../errors.ts";
import { expectWithin } from "../../../../lib/async/within.ts";
import { type EngineHost, serverNameOf } from "../../../../lib/engines/engine-host.ts";
import { loadRedis } from "../../../../lib/peers/peers.ts";
import { isLoginRefused, movedTo } from "./refusal.ts";
import type { RedisPlace } from "./url.ts";

/** The part of a client of the package `redis` that this driver needs. */
export interface RedisClient {
  readonly isReady: boolean;
  sendCommand<T>(args: readonly (string | Buffer)[], options?: RedisCommandOptions): Promise<T>;
  multi(): RedisMulti;
  subscribe(channel: string, listener: () => void): Promise<void>;
  on(event: "error" | "terminated" | "end", listener: (error: unknown) => void): unknown;
  /** Ends the connection at once; calls without an answer reject. */
  destroy(): void;
}

interface RedisMulti {
  addCommand(args: (string | Buffer)[]): unknown;
  exec(): Promise<unknown>;
}

export interface RedisCommandOptions {
  /** What a type of the protocol becomes. */
  readonly typeMapping: { readonly 36: typeof Buffer };
}

/** How long a server may take to greet, in ms. */
const greetingMs = 2_500;
/** What stands between often cuts connections that are silent for a minute; so does a server that has a `timeout`. */
const pingMs = 10_000;
/** How often a node of a cluster may name another one. */
const mostMoves = 3;

/**
 * Connects to the server that takes writes now: the first host that does, the master that the sentinels name, or the
 * node of the cluster that holds the keys. Such a client does not reconnect by itself, since the next server may be
 * another one.
 *
 * @param greet sends the first commands; rejects if the server is not the right one
 * @param closing when aborted, no further server is tried
 */
export async function connectRedis(
  place: RedisPlace,
  greet: (client: RedisClient) => Promise<void>,
  closing: AbortSignal,
): Promise<RedisClient> {
  let problem: unknown;
  for (const host of place.hosts) {
    try {
      const address =
        place.sentinel === undefined ? host : await masterOf(place, place.sentinel, host, closing);
      return await follow(place, address, greet, closing);
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

async function follow(
  place: RedisPlace,
  first: EngineHost,
  greet: (client: RedisClient) => Promise<void>,
  closing: AbortSignal,
): Promise<RedisClient> {
  let address = first;
  for (let moves = 0; ; moves += 1) {
    try {
      return await connectOne(place, address, greet, closing);
    } catch (error) {
      const moved = place.cluster ? movedTo(error) : undefined;
      if (moved === undefined || moves === mostMoves) throw error;
      address = moved;
    }
  }
}

async function masterOf(
  place: RedisPlace,
  master: string,
  sentinel: EngineHost,
  closing: AbortSignal,
): Promise<EngineHost> {
  let found: unknown;
  const ask = async (client: RedisClient): Promise<void> => {
    found = await client.sendCommand(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", master]);
  };
  const there = { ...place, database: 0 };
  const connecting = connectOne(there, sentinel, ask, closing).catch((error: unknown) => {
    // Sentinels often have no users, even if their servers do.
    if (!isLoginRefused(error)) throw error;
    return connectOne({ ...there, user: undefined, password: undefined }, sentinel, ask, closing);
  });
  (await connecting).destroy();
  if (Array.isArray(found)) return { host: String(found[0]), port: Number(found[1]) };
  throw new QueueUnavailableError(`The sentinel at ${sentinel.host} knows no master ${master}.`);
}

async function connectOne(
  { user, password, database, tls }: RedisPlace,
  { host, port }: EngineHost,
  greet: (client: RedisClient) => Promise<void>,
  closing: AbortSignal,
): Promise<RedisClient> {
  const redis = await loadRedis();
  // Loading takes seconds on a busy machine, and a listener that is added afterwards would miss an abort.
  closing.throwIfAborted();
  const secure = tls === undefined ? {} : { tls: true as const, ...serverNameOf(host), ...tls };
  const client = redis.createClient({
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password: password() }),
    ...(database !== 0 && { database }),
    clientInfoTag: "hookwell",
    // The client would make an AbortSignal for each command, to take it back while it is not written. All calls have
    // deadlines of their own, and a connection that stays silent is ended.
    commandOptions: { timeout: 0 },
    maintNotifications: "disabled",
    pingInterval: pingMs,
    socket: { host, port, connectTimeout: greetingMs, reconnectStrategy: false, ...secure },
  });
  // Without a listener, an error would end the process. It also reaches whoever waits for an answer.
  client.on("error", () => undefined);
  const end = (): void => client.destroy();
  closing.addEventListener("abort", end);
  const greeting = async (): Promise<void> => {
    await client.connect();
    await greet(client);
    if (!client.isReady) throw new QueueUnavailableError(`${host}:${port} does not answer.`);
  };
  try {
    await expectWithin(
      greetingMs,
      greeting(),
      () => new QueueUnavailableError(`${host}:${port} does not answer in ${greetingMs} ms.`),
    );
    return client;
  } catch (error) {
    end();
    throw error;
  } finally {
    closing.removeEventListener("abort", end);
  }
}

import { Socket } from "node:net";
import type { Client, ClientBase, Pool, Query } from "pg";
import { atMost } from "../within.ts";
import { loadPg } from "../peers.ts";
import { type Host, Hosts } from "./hosts.ts";
import { inTime, poolOf, refuseStandby, waysTo } from "./pool.ts";
import { settingsOf } from "./url.ts";

/** A pool of connections, and the schema in which the tables of one Hookwell are. */
export interface Postgres {
  readonly pool: Pool;
  /** Quoted, for SQL. */
  readonly schema: string;
  /** For people: without the password. */
  readonly shown: string;
  /** For what `pool.query` cannot do; `pg` is loaded late. */
  readonly newQuery: (text: string, onEnd: (error: Error | undefined) => void) => Query;
  /** A connection beside the pool, which has none of our settings yet; it is ended with the pool. */
  readonly connectAlone: () => Promise<Client>;
  /** Ends the connections; those that the server does not end soon are cut. */
  readonly end: () => Promise<void>;
}

export interface PostgresOptions {
  /** The setting that the URL is of, such as `HOOKWELL_LEDGER (--ledger)`. */
  readonly setting: string;
  readonly connections: number;
  /** What the server shows of the connections; default `hookwell`. */
  readonly name?: string;
  /** Queries that are asked for at once are sent at once; without it each waits for the answer to the one before. */
  readonly pipeline?: boolean;
  /** Of several hosts this one alone; its connections beside the pool may be to a standby. */
  readonly only?: Host;
  /** For the queries of handlers, which wait so long for a connection, in ms, and set limits of their own. */
  readonly handlersWaitMs?: number;
}

/** How long a server may take to end connections, in ms. */
const endMs = 1_000;

/** A call ends in time, since the sender of a webhook waits 10 s; in ms. */
const usualPatienceMs = 5_000;

/**
 * A server that waits for our words finds out soon that they cannot come: else a cut network leaves it for two hours with
 * connections of which nobody knows, each with its locks.
 */
export const noticeCuts =
  "set tcp_keepalives_idle = 3; set tcp_keepalives_interval = 1; set tcp_keepalives_count = 3";

/**
 * All that we ask has an index, also where a day has so few rows that the server would rather read all of them, for each of
 * the days; and nothing is worth compiling. A process that is paused within a transaction must not keep its locks for
 * longer than others wait, nor one that does not read on in the middle of a long answer, whose statement ends only then; and
 * who has waited must see what was written by then. Numbers are shown with all of their digits: with less, a time could be
 * months later. A standby, to which an address may lead in a failover, refuses the first words: what it tells may be old. Not
 * for the queries of handlers. It is said when the connection is there, since a pooler refuses to be told before.
 */
const ownPlans = `set transaction read write; set default_transaction_isolation = 'read committed';
  set extra_float_digits = 1; set jit = off; set enable_seqscan = off; set random_page_cost = 1.1;
  set statement_timeout = ${usualPatienceMs};
  set idle_in_transaction_session_timeout = ${usualPatienceMs}; set tcp_user_timeout = ${usualPatienceMs};
  ${noticeCuts}`;
/** The pool waits for it. */
const usePlans = (client: ClientBase): unknown => client.query(ownPlans);

/**
 * Opens a pool. No connection is made yet.
 *
 * @throws {ConfigError} if the URL cannot be used, or the package `pg` is missing
 */
export async function openPostgres(
  url: string,
  { setting, connections, name = "hookwell", pipeline = false, handlersWaitMs, only }: PostgresOptions,
): Promise<Postgres> {
  const { default: pg } = await loadPg();
  const { config, schema, shown, ...settings } = settingsOf(url, setting);
  const hosts = Hosts.of(only === undefined ? settings.hosts : [only]);
  const sockets = new Set<Socket>();
  const ways = {
    ...config,
    max: connections,
    application_name: name,
    pipeline,
    connectionTimeoutMillis: handlersWaitMs ?? usualPatienceMs,
    keepAlive: true,
    stream: () => {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once("close", () => sockets.delete(socket));
    },
    ...(handlersWaitMs === undefined && { query_timeout: usualPatienceMs }),
  };
  const prepare = handlersWaitMs === undefined ? usePlans : undefined;
  const pool =
    hosts.count === 1
      ? new pg.Pool({ ...ways, ...hosts.current, ...(prepare && { onConnect: prepare }) })
      : poolOf(pg, hosts, ways, prepare);
  // A connection that breaks while nobody uses it; whoever needs one next gets another.
  pool.on("error", ignore);
  // One that breaks while somebody has it: the next query fails. It may break in the very answer with which it is given away.
  pool.on("connect", (client) => client.on("error", ignore));
  const end = async (): Promise<void> => {
    await atMost(endMs, pool.end());
    for (const socket of sockets) socket.destroy();
  };
  const newQuery = (text: string, onEnd: (error: Error | undefined) => void): Query =>
    new pg.Query(text, onEnd);
  const connectAlone = (): Promise<Client> =>
    hosts.first(async () => {
      if (pool.ending) throw new Error("The pool is ended.");
      const host = hosts.current;
      const client = new pg.Client(waysTo(hosts, ways));
      // If the connection breaks, the next query fails.
      client.on("error", ignore);
      try {
        await inTime(hosts, ways, greet(client, only === undefined));
        return client;
      } catch (error) {
        hosts.passOver(host, error);
        void client.end().catch(ignore);
        throw error;
      }
    });
  return { pool, schema: `"${schema}"`, shown, newQuery, connectAlone, end };
}

async function greet(client: Client, mustWrite: boolean): Promise<void> {
  await client.connect();
  if (mustWrite) await refuseStandby(client);
}

const ignore = (): void => undefined;

import { Socket } from "node:net";
import type * as Pg from "pg";
import type { Client, CustomTypesConfig, Pool, Query } from "pg";
import { atMost } from "../async/within.ts";
import { type Part, settingOf } from "../engines/part.ts";
import { loadPg } from "../peers/peers.ts";
import { type Host, Hosts } from "./hosts.ts";
import { clientOf, type Greeting, poolOf, refuseOldReads, refuseStandby } from "./pool.ts";
import { settingsOf } from "./url.ts";

/** A pool of connections for the queue or the ledger, and the schema in which the tables of one Hookwell are. */
export interface Postgres {
  readonly part: Part;
  readonly pool: Pool;
  /** Quoted, for SQL. */
  readonly schema: string;
  /** For people: without the password. */
  readonly shown: string;
  /** For what `pool.query` cannot do; `pg` is loaded late. */
  readonly newQuery: (text: string, onEnd: (error: Error | undefined) => void) => Query;
  /**
   * A connection beside the pool, at the latest ended with it, which sends queries without waiting for the answers to
   * those before. Without a greeting it has none of our settings.
   */
  readonly connectAlone: (greeting?: Greeting) => Promise<Client>;
  /** Ends the connections; those that the server does not end soon are cut. */
  readonly end: () => Promise<void>;
}

export interface PostgresOptions {
  /** Whose URL it is. */
  readonly part: Part;
  readonly connections: number;
  /** The name of the connections that the server shows; default `hookwell`. */
  readonly name?: string;
  /** Only this one of several hosts; its connections beside the pool may be to a standby. */
  readonly only?: Host;
  /**
   * For queries of handlers: how long these wait for a connection, in ms. They set limits of their own, and have their
   * answers as from any other client.
   */
  readonly handlersWaitMs?: number;
}

/** How long a server may take to end connections, in ms. */
const endMs = 1_000;

/** How long a call may take, in ms; the sender of a webhook waits 10 s. */
const usualPatienceMs = 5_000;

/**
 * Lets a server that waits for us notice soon that the network is cut. Otherwise it would keep connections of which
 * nobody knows for two hours, each with its locks.
 */
export const noticeCuts =
  "set tcp_keepalives_idle = 3; set tcp_keepalives_interval = 1; set tcp_keepalives_count = 3";

/**
 * Settings of our connections, except for those of handlers. They are sent once the connection is there, since a pooler
 * refuses them earlier.
 */
const ownSettings = [
  // A standby, to which an address may lead in a failover, refuses this first one, since its data may be old.
  "set transaction read write",
  // A transaction that has waited must see what was written by then.
  "set default_transaction_isolation = 'read committed'",
  // Numbers are shown with all their digits: with fewer, a time could be months later.
  "set extra_float_digits = 1",
  // For old programs a server may be set to write four digits for a byte, and to take the null of a list for a text.
  "set bytea_output = hex",
  "set array_nulls = on",
  // Rows that the server hides would be taken for missing, and their events handled again: so it is to refuse instead.
  "set row_security = off",
  // No query is worth compiling.
  "set jit = off",
  // All our queries have an index, which the server should use even if a day has so few rows that it would rather read
  // all of them, for each of the days.
  "set enable_seqscan = off",
  "set random_page_cost = 1.1",
  `set statement_timeout = ${usualPatienceMs}`,
  // A process that is paused within a transaction must not keep its locks for longer than others wait.
  `set idle_in_transaction_session_timeout = ${usualPatienceMs}`,
  // Nor must one that stops reading in the middle of a long answer, whose statement ends only after it.
  `set tcp_user_timeout = ${usualPatienceMs}`,
  // A listening connection says nothing for seconds, and one that the server ends looks as if the server were lost.
  "set idle_session_timeout = 0",
  noticeCuts,
].join("; ");
export const useOwnSettings: Greeting = async (client) => {
  await client.query(ownSettings);
  await refuseOldReads(client);
};

/** Numbers of 64 bits come as numbers, which hold all of ours; by itself, `pg` gives texts. */
const withLongs = ({ types }: Pick<typeof Pg, "types">): CustomTypesConfig => ({
  getTypeParser: (type, format) =>
    type === types.builtins.INT8 && format !== "binary" ? Number : types.getTypeParser(type, format),
});

/**
 * Opens a pool. No connection is made yet.
 *
 * @throws {ConfigError} if the URL cannot be used, or the package `pg` is missing
 */
export async function openPostgres(
  url: string,
  { part, connections, name = "hookwell", handlersWaitMs, only }: PostgresOptions,
): Promise<Postgres> {
  const { default: pg } = await loadPg();
  const { config, schema, shown, ...settings } = settingsOf(url, settingOf(part));
  const hosts = Hosts.of(only === undefined ? settings.hosts : [only]);
  const sockets = new Set<Socket>();
  const ways = {
    ...config,
    max: connections,
    application_name: name,
    connectionTimeoutMillis: handlersWaitMs ?? usualPatienceMs,
    keepAlive: true,
    stream: () => {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once("close", () => sockets.delete(socket));
    },
    ...(handlersWaitMs === undefined && { query_timeout: usualPatienceMs, types: withLongs(pg) }),
  };
  const pool = poolOf(pg, hosts, ways, handlersWaitMs === undefined ? useOwnSettings : refuseStandby);
  // For a connection that breaks while nobody uses it: whoever needs one next gets another.
  pool.on("error", ignore);
  const end = async (): Promise<void> => {
    await atMost(endMs, pool.end());
    for (const socket of sockets) socket.destroy();
  };
  const newQuery = (text: string, onEnd: (error: Error | undefined) => void): Query =>
    new pg.Query(text, onEnd);
  const connectAlone = (
    greeting: Greeting = only === undefined ? refuseStandby : ignore,
  ): Promise<Client> => {
    const ClientAlone = clientOf(pg, hosts, { ...ways, pipeline: true }, greeting);
    return hosts.first(() => {
      if (pool.ending) throw new Error("The pool is ended.");
      return new ClientAlone().connect();
    });
  };
  return { part, pool, schema: `"${schema}"`, shown, newQuery, connectAlone, end };
}

const ignore = (): void => undefined;

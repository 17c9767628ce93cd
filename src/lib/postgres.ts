import { hash } from "node:crypto";
import { Socket } from "node:net";
import type { ClientBase, Pool, PoolClient, Query, QueryConfig } from "pg";
import { ConfigError, DataVersionError } from "../errors.ts";
import { atMost } from "./within.ts";
import { loadPeer } from "./load-peer.ts";
import { settingsOf } from "./postgres-url.ts";

/** A pool of connections, and the schema in which the tables of one Hookwell are. */
export interface Postgres {
  readonly pool: Pool;
  /** Quoted, for SQL. */
  readonly schema: string;
  /** For people: without the password. */
  readonly shown: string;
  /** For what `pool.query` cannot do; `pg` is loaded late. */
  readonly newQuery: (text: string, onEnd: (error: Error | undefined) => void) => Query;
  /** Ends the connections; those that the server does not end soon are cut. */
  readonly end: () => Promise<void>;
}

export interface PostgresOptions {
  /** The setting that the URL is of, such as `HOOKWELL_LEDGER (--ledger)`. */
  readonly setting: string;
  readonly connections: number;
  /** What the server shows of the connections; default `hookwell`. */
  readonly name?: string;
  /** For the queries of handlers, which wait so long for a connection, in ms, and set limits of their own. */
  readonly handlersWaitMs?: number;
}

/** How long a server may take to end connections, in ms. */
const endMs = 1_000;

/** A call ends in time, since the sender of a webhook waits 10 s; in ms. */
const usualPatienceMs = 5_000;

/**
 * All that we ask has an index, also where a day has so few rows that the server would rather read all of them, for each of
 * the days; and nothing is worth compiling. A process that is paused within a transaction must not keep its locks for
 * longer than others wait, nor one that does not read on in the middle of a long answer, whose statement ends only then; and
 * who has waited must see what was written by then. A standby, to which an address may lead in a failover, refuses the first
 * words: what it tells may be old. Not for the queries of handlers.
 */
const ownPlans = `set transaction read write; set default_transaction_isolation = 'read committed';
  set jit = off; set enable_seqscan = off; set random_page_cost = 1.1;
  set idle_in_transaction_session_timeout = ${usualPatienceMs}; set tcp_user_timeout = ${usualPatienceMs}`;
/** The pool waits for it. */
const usePlans = (client: ClientBase): unknown => client.query(ownPlans);

/**
 * Opens a pool. No connection is made yet.
 *
 * @throws {ConfigError} if the URL cannot be used, or the package `pg` is missing
 */
export async function openPostgres(
  url: string,
  { setting, connections, name = "hookwell", handlersWaitMs }: PostgresOptions,
): Promise<Postgres> {
  const { default: pg } = await loadPeer("postgres:", "pg", () => import("pg"));
  const { config, schema, shown } = settingsOf(url, setting);
  const sockets = new Set<Socket>();
  const pool = new pg.Pool({
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
    ...(handlersWaitMs === undefined && {
      query_timeout: usualPatienceMs,
      statement_timeout: usualPatienceMs,
      onConnect: usePlans,
    }),
  });
  // A connection that breaks while nobody uses it; whoever needs one next gets another.
  pool.on("error", () => undefined);
  const end = async (): Promise<void> => {
    await atMost(endMs, pool.end());
    for (const socket of sockets) socket.destroy();
  };
  const newQuery = (text: string, onEnd: (error: Error | undefined) => void): Query =>
    new pg.Query(text, onEnd);
  return { pool, schema: `"${schema}"`, shown, newQuery, end };
}

/** All or nothing. The connection goes back into the pool, or is thrown away if it failed. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // One that breaks between two queries tells it by an event; the next query fails then.
  client.on("error", ignore);
  try {
    const result = await transactionOn(client, () => work(client));
    client.off("error", ignore);
    client.release();
    return result;
  } catch (error) {
    // It may be in any state, if the server did not answer.
    client.release(true);
    throw error;
  }
}

/** The same on a connection that the caller has. */
export async function transactionOn<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  try {
    await client.query("begin");
    const result = await work();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(ignore);
    throw error;
  }
}

const ignore = (): void => undefined;

/** Codes with which a server says that waiting will not help. */
const refusals: Readonly<Record<string, string>> = {
  "28000": "the server refuses this user: set user and password in the URL",
  "28P01": "the server refuses the password: set another one in the URL",
  "3D000": "there is no such database: create it, or name another one in the URL",
  "22P05": "this database cannot hold every text: create one with the encoding UTF8, and name it in the URL",
  "42501":
    "this user may not create or use the tables: grant it CREATE on the database, or create the schema for it",
};

/** If the server refuses us for good, the error that says so; else undefined. */
export function refusalOf(error: unknown, { shown }: Postgres, setting: string): ConfigError | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const says = reasonOf(String(code), String(message));
  return says === undefined
    ? undefined
    : new ConfigError([`${setting} is ${shown}, but ${says}.`], { cause: error });
}

function reasonOf(code: string, message: string): string | undefined {
  if (/no pg_hba\.conf entry.*no encryption/.test(message)) {
    return "the server does not let this user in without TLS: add ?sslmode=require, or let it in by pg_hba.conf";
  }
  if (/no pg_hba\.conf entry/.test(message)) {
    return "the server does not let this user in from here: let it in by pg_hba.conf";
  }
  // What the client itself throws, and so it has no code.
  if (/client password must be/.test(message))
    return "the server asks for a password: set user and password in the URL";
  const known = refusals[code];
  const isTls = /SSL|certificate|self.signed|ERR_TLS/i.test(`${code} ${message}`);
  return known ?? (isTls ? `TLS fails (${message}): see sslmode and sslrootcert` : undefined);
}

/** One step of a schema. Older programs go on working with it, unless it says otherwise. */
export interface Migration {
  readonly sql: (schema: string) => string;
  /** True if older programs must not work with the tables any more. */
  readonly breaks?: boolean;
}

/**
 * A step may go through all that is kept; else it would be begun anew for ever, and each time keep all others waiting;
 * in ms.
 */
const stepMs = 30 * 60 * 1_000;

/**
 * Brings the tables of one part up to date. Several processes may do so at once, and older ones go on working.
 *
 * @throws {DataVersionError} if a newer Hookwell made the tables so that this one cannot work with them
 */
export async function migrate(
  { pool, schema, shown }: Postgres,
  part: string,
  steps: readonly Migration[],
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `hookwell migrate ${schema}`,
    ]);
    // Else the first event that has such a character could never be written, nor what is written along with it.
    await client.query("select $1::text", ["\u{1f600}"]);
    await createVersions(client, schema);
    const found = await client.query<{ version: number; least: number }>(
      `select version, least from ${schema}.schema_version where part = $1`,
      [part],
    );
    const { version = 0, least = 0 } = found.rows[0] ?? {};
    if (least > steps.length) throw new DataVersionError(`${shown}, schema ${schema}`, version, steps.length);
    if (version >= steps.length) return;
    // But it waits for no lock for long, since everything else would wait behind it.
    await client.query(`set local statement_timeout = ${stepMs}; set local lock_timeout = '2s'`);
    for (const { sql } of steps.slice(version)) {
      await client.query({ text: sql(schema), query_timeout: stepMs } as QueryConfig);
    }
    const breaking = steps.findLastIndex(({ breaks }) => breaks === true) + 1;
    await client.query(
      `insert into ${schema}.schema_version (part, version, least) values ($1, $2, $3)
       on conflict (part) do update set version = excluded.version, least = excluded.least`,
      [part, steps.length, breaking],
    );
  });
}

/** Nothing is created that is there, so that a user without the right to create can work with what somebody else made. */
async function createVersions(client: ClientBase, schema: string): Promise<void> {
  const found = await client.query<{ schema: boolean; versions: boolean }>(
    "select to_regnamespace($1) is not null as schema, to_regclass($2) is not null as versions",
    [schema, `${schema}.schema_version`],
  );
  const { schema: hasSchema, versions: hasVersions } = found.rows[0] ?? {};
  if (hasVersions === true) return;
  if (hasSchema !== true) await client.query(`create schema if not exists ${schema}`);
  // `version`: steps done. `least`: a program must know so many of them.
  await client.query(
    `create table if not exists ${schema}.schema_version (part text primary key, version int not null, least int not null)`,
  );
}

/** Texts of PostgreSQL hold no NUL: it is written as a backslash and a 0, and a backslash as two of them. */
export const storable = (text: string): string =>
  /[\\\0]/.test(text) ? text.replaceAll("\\", "\\\\").replaceAll("\0", "\\0") : text;

/** The text that `storable` was given. */
export const restored = (text: string): string =>
  text.includes("\\") ? text.replaceAll(/\\(.)/gs, (_, next: string) => (next === "0" ? "\0" : next)) : text;

/** Rows of an index hold 2,700 bytes, and several texts share one. */
const mostIndexed = 500;

/** A text as an index can hold it: a long one by its beginning and its hash. */
export function indexable(text: string): string {
  const whole = storable(text);
  if (Buffer.byteLength(whole) <= mostIndexed) return whole;
  return `${whole.slice(0, 100).toWellFormed()}~${hash("sha256", whole, "hex")}`;
}

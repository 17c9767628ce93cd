import type { ClientBase, QueryConfig } from "pg";
import { DataVersionError } from "../../errors.ts";
import { type LookOptions, NotMadeError } from "../engines/not-made.ts";
import type { Part } from "../engines/part.ts";
import { inTransaction } from "./on-connection.ts";
import type { Postgres } from "./postgres.ts";
import { assertFit } from "./fit.ts";
import { refusalOf } from "./refusal.ts";
import { postgresReport } from "./report.ts";

/** One step of a schema. Older programs go on working with it, unless it says otherwise. */
export interface Migration {
  readonly sql: (schema: string) => string;
  /** True if older programs must not work with the tables any more. */
  readonly breaks?: boolean;
}

/**
 * How long a step may take, in ms. It may go through all that is kept; with less time it would be begun anew for ever,
 * and keep all others waiting each time.
 */
const stepMs = 30 * 60 * 1_000;

/**
 * Brings the tables of the part up to date. Several processes may do so at once, and older ones go on working.
 *
 * @throws {NotMadeError} if they are only looked for, and there are none
 * @throws {DataVersionError} if a newer Hookwell made the tables so that this one cannot work with them
 */
export async function migrate(
  db: Postgres,
  steps: readonly Migration[],
  { isLook = false }: LookOptions = {},
): Promise<void> {
  const { part, pool, schema } = db;
  await assertFit(db);
  await inTransaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `hookwell migrate ${schema}`,
    ]);
    // Otherwise the first event with such a character could never be written, nor what is written together with it.
    await client.query("select $1::text", ["\u{1f600}"]);
    const found = await versionsOf(client, schema, part);
    const made = bringUpToDate(client, db, steps, found);
    if (!isLook || found !== undefined) return made;
    // Everything is undone; it only shows whether the first start could do it.
    const trouble = await made.catch((error: unknown) => error);
    throw await notMade(db, trouble);
  });
}

interface Versions {
  /** How many steps are done. */
  readonly version: number;
  /** How many of them a program must know. */
  readonly least: number;
}

/** Undefined if the tables of this part were never made. */
async function versionsOf(client: ClientBase, schema: string, part: Part): Promise<Versions | undefined> {
  const made = await client.query("select where to_regclass($1) is not null", [`${schema}.schema_version`]);
  if (made.rowCount === 0) return undefined;
  const { rows } = await client.query<Versions>(
    `select version, least from ${schema}.schema_version where part = $1`,
    [part],
  );
  return rows[0];
}

async function notMade(db: Postgres, trouble: unknown): Promise<unknown> {
  const obstacle = trouble === undefined ? undefined : refusalOf(trouble, db);
  if (trouble !== undefined && obstacle === undefined) return trouble;
  const { part, shown } = db;
  const place = `in its schema ${db.schema.replaceAll('"', "")}`;
  const report = await postgresReport(db);
  return new NotMadeError({ part, shown, place, check: "database and ?schema=", report, obstacle });
}

async function bringUpToDate(
  client: ClientBase,
  { part, schema, shown }: Postgres,
  steps: readonly Migration[],
  { version, least }: Versions = { version: 0, least: 0 },
): Promise<void> {
  if (least > steps.length)
    throw new DataVersionError(`${shown}, schema ${schema},`, version, steps.length, "take another ?schema=");
  if (version >= steps.length) return;
  if (version === 0) await createVersions(client, schema);
  // But it does not wait long for a lock, since everything else would wait behind it.
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
}

async function createVersions(client: ClientBase, schema: string): Promise<void> {
  const made = await client.query("select where to_regnamespace($1) is not null", [schema]);
  // A user may own the schema without the right to create one.
  if (made.rowCount === 0) await client.query(`create schema if not exists ${schema}`);
  await client.query(
    `create table if not exists ${schema}.schema_version (part text primary key, version int not null, least int not null)`,
  );
}

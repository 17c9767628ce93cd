import { randomUUID } from "node:crypto";
import { Client } from "pg";
import type { LedgerDriver } from "../../../src/ledger/driver.ts";
import { openPostgresLedger } from "../../../src/ledger/drivers/postgres/ledger.ts";
import type { LedgerPlayHarness } from "../../../src/testing/ledger-driver/random-play.ts";
import { openPostgresQueue } from "../../../src/queue/drivers/postgres/queue.ts";
import type { QueuePlayHarness } from "../../../src/testing/queue-driver/random-play.ts";
import { driverHarness } from "./driver-harness.ts";
import { engineUrls } from "../servers/engines.ts";

/** A schema of its own on the server, which is dropped at the end. */
export interface OwnSchema extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly query: (sql: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
  /** Somebody else at the server, until the schema is dropped: with an open transaction, that would be in the way. */
  readonly connect: () => Promise<Client>;
}

export function ownSchema(): OwnSchema {
  const name = `test_${randomUUID().replaceAll("-", "").slice(0, 16)}`;
  const clients = new AsyncDisposableStack();
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: engineUrls.postgres });
    await client.connect();
    return client;
  };
  const query = async (
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Record<string, unknown>[]> => {
    const client = await connect();
    try {
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  return {
    name,
    url: `${engineUrls.postgres}?schema=${name}`,
    query,
    connect: async () => clients.adopt(await connect(), (client) => client.end()),
    [Symbol.asyncDispose]: async () => {
      await clients.disposeAsync();
      await query(`drop schema if exists ${name} cascade`);
    },
  };
}

export async function postgresLedgerHarness(): Promise<LedgerPlayHarness> {
  const schema = ownSchema();
  const { open, dispose } = driverHarness(
    () => openPostgresLedger(schema.url),
    () => schema[Symbol.asyncDispose](),
  );
  const openAlone = async (): Promise<LedgerDriver> => {
    const driver = await open();
    await driver.share(1);
    return driver;
  };
  return { open: openAlone, dispose };
}

export async function postgresQueueHarness(): Promise<QueuePlayHarness> {
  const schema = ownSchema();
  return driverHarness(
    (options) => openPostgresQueue(schema.url, { leaseMs: 30_000, ...options }),
    () => schema[Symbol.asyncDispose](),
  );
}

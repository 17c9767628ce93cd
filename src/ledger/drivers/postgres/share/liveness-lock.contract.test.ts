import { expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../../../test/support/drivers/postgres-harness.ts";
import { openPostgres } from "../../../../lib/postgres/postgres.ts";
import { LivenessLock } from "./liveness-lock.ts";

const isThere = await answers("postgres");

test.skipIf(!isThere)(
  "each heartbeat is all or nothing by itself, also if one is given before the last is done",
  async () => {
    await using schema = ownSchema();
    await schema.query(`create schema ${schema.name}; create table ${schema.name}.sign (text text)`);
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });
    const liveness = new LivenessLock(db);
    const give = (text: string, then: string): Promise<unknown> =>
      liveness.transaction(async (client) => {
        await client.query(`insert into ${schema.name}.sign values ($1)`, [text]);
        return client.query(then);
      });
    await give("first", "select 1");

    const signs = [give("slow", "select pg_sleep(0.1)"), give("refused", "select 1 / 0")];

    expect((await Promise.allSettled(signs)).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(await schema.query(`select text from ${schema.name}.sign`)).toEqual([
      { text: "first" },
      { text: "slow" },
    ]);
    liveness.close();
    await db.end();
  },
);

test.skipIf(!isThere)(
  "a server that takes no writes, as a standby, is left for the one that does",
  async () => {
    await using schema = ownSchema();
    await schema.query(`create schema ${schema.name}; create table ${schema.name}.sign (text text)`);
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });
    const liveness = new LivenessLock(db);
    const give = (): Promise<unknown> =>
      liveness.transaction((client) => client.query(`insert into ${schema.name}.sign values ('here')`));
    // The address led to it in the moment of a failover; to whoever is connected to it, that makes no difference.
    await liveness.transaction((client) => client.query("set default_transaction_read_only = on"));

    await expect(give()).rejects.toThrow(/read-only/);
    await give();

    expect(await schema.query(`select text from ${schema.name}.sign`)).toEqual([{ text: "here" }]);
    liveness.close();
    await db.end();
  },
);

test.skipIf(!isThere)(
  "a new line does not wait until the server knows that the last one is gone",
  async () => {
    await using schema = ownSchema();
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });
    const liveness = new LivenessLock(db);
    const lockOf = (): Promise<number> => liveness.transaction((_, lock) => Promise.resolve(lock));
    const last = await lockOf();
    liveness.close();
    const unaware = await schema.connect();
    await unaware.query("select pg_advisory_lock($1)", [last]);

    expect(await lockOf()).not.toBe(last);

    liveness.close();
    await db.end();
  },
);

test.skipIf(!isThere)("what the server refuses costs neither the line nor the lock", async () => {
  await using schema = ownSchema();
  const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });
  const liveness = new LivenessLock(db);
  const lockOf = (): Promise<number> => liveness.transaction((_, lock) => Promise.resolve(lock));
  const before = await lockOf();

  await expect(liveness.transaction((client) => client.query("select 1 / 0"))).rejects.toThrow(/zero/);

  expect(await lockOf()).toBe(before);
  liveness.close();
  await db.end();
});

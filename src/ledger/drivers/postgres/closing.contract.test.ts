import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { setAsideDay } from "../../../../test/support/ledger/ledger-days.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { PostgresServer } from "../../../../test/support/servers/postgres-server.ts";
import { openPostgres } from "../../../lib/postgres/postgres.ts";
import { aMessage } from "../../../testing/builders.ts";
import { process, settled } from "../../../testing/ledger-driver/harness.ts";
import { HandlerConnection } from "./transaction/handler-connection.ts";
import { openPostgresLedger } from "./ledger.ts";
import { dayName } from "./days/partitions.ts";

const isThere = await answers("postgres");
const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1";

/** How long it took, in ms. */
async function timeOf(work: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work;
  return performance.now() - begun;
}

// What polls takes its own test's `expect`: the global one does not know which of several tests it is in.
describe.skipIf(!isThere).concurrent("closing", () => {
  test("does not wait for old days that are being removed, and others have the shards at once", async ({
    expect,
  }) => {
    await using schema = ownSchema();
    const [ledger, other] = [await openPostgresLedger(schema.url), await openPostgresLedger(schema.url)];
    await ledger.share(16);
    await process(ledger, aMessage());
    const today = `${schema.name}.${dayName(Date.now())}`;
    await setAsideDay(schema, today);
    const reader = await schema.connect();
    await reader.query(`begin; lock table ${today} in access share mode`);
    const pruned = ledger.prune(0);
    await expect.poll(() => schema.query(waiting, [`%${schema.name}%`])).toHaveLength(1);

    expect(await timeOf(ledger.close())).toBeLessThan(8_000);

    expect((await other.share(16)).owned).toHaveLength(16);
    expect(await pruned).toBe(0);
    // Nor does the server go on with it, which would keep the others from their turn.
    await expect.poll(() => schema.query(waiting, [`%${schema.name}%`])).toEqual([]);
    await reader.query("commit");
    expect(await other.prune(0)).toBe(1);
    await other.close();
  });

  test("ends nothing that is under way where old days were removed before", async ({ expect }) => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const message = aMessage();
    await ledger.admit([message]);
    await ledger.prune(0);
    const locker = await schema.connect();
    await locker.query(`begin; lock table ${schema.name}.event in exclusive mode`);
    const settling = ledger.settle([settled(message)]);
    await expect.poll(() => schema.query(waiting, [`%"${schema.name}".event %`])).toHaveLength(1);

    const closing = ledger.close();
    await sleep(300);
    await locker.query("commit");

    expect(await settling).toEqual([]);
    await closing;
  });

  test("does not wait for a server that hangs", async () => {
    await using server = await PostgresServer.start();
    const ledger = await openPostgresLedger(server.url);
    await ledger.share(1);
    const { rollback } = await ledger.transaction(60_000);
    await rollback();
    const { client } = await ledger.transaction(60_000);
    await client.query("select 1");
    await server.pause();
    const calls = [ledger.transaction(60_000), ledger.stats()].map((call) => call.catch(String));

    expect(await timeOf(ledger.close())).toBeLessThan(10_000);

    await server.resume();
    expect(await calls[1]).toMatch(/Unavailable/);
  });

  test("does not wait for a connection that is made ready for another handler while the server hangs", async () => {
    await using server = await PostgresServer.start();
    const handlers = await openPostgres(server.url, {
      part: "ledger",
      connections: 1,
      handlersWaitMs: 60_000,
    });
    const connection = new HandlerConnection(await handlers.pool.connect());
    await server.pause();
    const recycled = connection.recycle();

    expect(await timeOf(handlers.end())).toBeLessThan(8_000);

    await recycled;
  });

  test("a transaction is waited for no longer than its handler may take", async () => {
    await using server = await PostgresServer.start();
    const ledger = await openPostgresLedger(server.url);
    await ledger.share(1);
    await server.pause();

    const begun = performance.now();
    await expect(ledger.transaction(700)).rejects.toThrow(/timeout/);

    expect(performance.now() - begun).toBeLessThan(8_000);
    await ledger.close();
  });
});

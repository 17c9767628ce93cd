import { describe, expect, test } from "vitest";
import { aMessage } from "../../../testing/builders.ts";
import { settled } from "../../../testing/ledger-driver/harness.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import type { LedgerDriver } from "../../driver.ts";
import { openPostgresLedger } from "./ledger.ts";

/** How many round trips something takes. */
async function tripsOf(work: (ledger: LedgerDriver) => Promise<() => Promise<unknown>>): Promise<number> {
  await using schema = ownSchema();
  await using line = await Line.to(schema.url);
  const ledger = await openPostgresLedger(line.through(schema.url));
  await ledger.share(1);
  const measured = await work(ledger);
  const before = line.trips;
  await measured();
  const { trips } = line;
  await ledger.close();
  return trips - before;
}

describe.skipIf(!(await answers("postgres")))(
  "what is written takes three round trips, which count over a long line",
  () => {
    test("for a list that is settled: the lock of its shards, its rows, the commit", async () => {
      const trips = await tripsOf(async (ledger) => {
        const messages = Array.from({ length: 50 }, () => aMessage());
        await ledger.admit(messages);
        return () => ledger.settle(messages.map((message) => settled(message)));
      });

      expect(trips).toBe(3);
    });

    test("for an event that is settled in its own transaction: the same three", async () => {
      const trips = await tripsOf(async (ledger) => {
        const message = aMessage();
        await ledger.admit([message]);
        const { client, commit } = await ledger.transaction(60_000);
        await client.query("select 1");
        return () => commit(settled(message));
      });

      expect(trips).toBe(3);
    });
  },
);

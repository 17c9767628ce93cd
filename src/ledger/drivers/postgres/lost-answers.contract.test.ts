import { expect, test } from "vitest";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { lossyProxy, type LossyProxy } from "../../../../test/support/network/lossy-proxy.ts";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { settled, verdictOf } from "../../../testing/ledger-driver/harness.ts";
import type { LedgerDriver } from "../../driver.ts";
import { openPostgresLedger } from "./ledger.ts";

const isThere = await answers("postgres");

interface World extends AsyncDisposable {
  readonly schema: ReturnType<typeof ownSchema>;
  readonly proxy: LossyProxy;
  /** A worker's ledger behind the proxy; all shards are its own. */
  readonly ledger: LedgerDriver;
}

async function openWorld(): Promise<World> {
  const schema = ownSchema();
  const proxy = await lossyProxy(Number(new URL(engineUrls.postgres).port));
  const way = new URL(schema.url);
  way.port = String(proxy.port);
  const ledger = await openPostgresLedger(way.href);
  await ledger.share(16);
  return {
    schema,
    proxy,
    ledger,
    async [Symbol.asyncDispose]() {
      await ledger.close();
      await proxy[Symbol.asyncDispose]();
      await schema[Symbol.asyncDispose]();
    },
  };
}

/** As it is sent. */
const commit = "commit\0";

test.skipIf(!isThere)("an outcome whose answer was lost, and is not asked for again, holds", async () => {
  await using world = await openWorld();
  const { ledger, proxy } = world;
  const older = aMessage({ revision: 1 });
  const newer = aMessage({ revision: 2, entity: older.entity });
  await verdictOf(ledger, older);
  proxy.loseAnswerTo(commit);
  await expect(ledger.settle([settled(older)])).rejects.toThrow();

  await eventually(async () => expect(await verdictOf(ledger, newer)).toMatchObject({ kind: "fresh" }));
  await ledger.settle([settled(newer)]);

  // Its queue hands it out again.
  expect(await verdictOf(ledger, older)).toEqual({ kind: "duplicate" });
  expect(await ledger.get(older.eventId)).toMatchObject({ status: "handled", attempts: 1 });
});

test.skipIf(!isThere)(
  "who was taken for dead has nothing at first, also if the answer to that was lost",
  async () => {
    await using world = await openWorld();
    const { ledger, proxy, schema } = world;
    const other = await openPostgresLedger(schema.url);
    await schema.query(`update ${schema.name}.worker set missed_at = now() - interval '4 s'`);
    expect((await other.share(16)).owned).toHaveLength(16);
    await other.close();
    proxy.loseAnswerTo(commit);
    await expect(ledger.share(16)).rejects.toThrow();

    const shares = [await eventually(() => ledger.share(16)), await ledger.share(16)];

    expect(shares.map(({ owned }) => owned.length)).toEqual([0, 16]);
  },
);

import { describe, expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../../../test/support/drivers/postgres-harness.ts";
import { recordedLog, type RecordedLog } from "../../../../testing/recorded-log.ts";
import type { LedgerDriver } from "../../../driver.ts";
import { openPostgresLedger } from "../ledger.ts";

const isThere = await answers("postgres");
const [redis, rabbit] = ["redis://one:6379?name=orders", "amqp://two:5672"];

interface Worker {
  readonly ledger: LedgerDriver;
  /** The other queues that it has told of, in order. */
  readonly told: () => readonly unknown[];
}

async function aWorker(
  url: string,
  queue?: string,
): Promise<Worker & { readonly lines: RecordedLog["lines"] }> {
  const { log, lines } = recordedLog();
  const ledger = await openPostgresLedger(url, { log, ...(queue !== undefined && { queue }) });
  const told = (): readonly unknown[] =>
    lines.filter(({ fact }) => fact === "ledger.other_queue").map(({ fields }) => fields["other"]);
  return { ledger, told, lines };
}

/** Each shows a few times that it lives. */
async function live(...workers: readonly Worker[]): Promise<void> {
  for (let round = 0; round < 3; round += 1) for (const { ledger } of workers) await ledger.share(16);
}

const close = (...workers: readonly Worker[]): Promise<unknown> =>
  Promise.all(workers.map(({ ledger }) => ledger.close()));

describe.skipIf(!isThere)("workers of two queues on one ledger", () => {
  test("are told of each other, once, and what to do", async () => {
    await using schema = ownSchema();
    const [one, other] = [await aWorker(schema.url, redis), await aWorker(schema.url, rabbit)];
    await live(one, other);

    expect([one.told(), other.told()]).toEqual([[rabbit], [redis]]);
    expect(one.lines).toContainEqual({
      level: "warn",
      fact: "ledger.other_queue",
      fields: {
        ours: redis,
        other: rabbit,
        cure: expect.stringMatching(/stop the workers of one.*same URL/),
      },
    });
    await close(one, other);
  });

  test("are told of again when they come back after they had left", async () => {
    await using schema = ownSchema();
    const [one, left] = [await aWorker(schema.url, redis), await aWorker(schema.url, rabbit)];
    await live(one, left);
    await left.ledger.close();
    await live(one);
    const back = await aWorker(schema.url, rabbit);
    await live(one, back);

    expect(one.told()).toEqual([rabbit, rabbit]);
    expect(back.told()).toEqual([redis]);
    await close(one, back);
  });

  test("are not told of when they are one queue, or one of them does not name its own", async () => {
    await using schema = ownSchema();
    const [one, same] = [await aWorker(schema.url, redis), await aWorker(schema.url, redis)];
    const unknown = await aWorker(schema.url);
    await live(one, same, unknown);

    expect([one.told(), same.told(), unknown.told()]).toEqual([[], [], []]);
    expect(await one.ledger.workerWarnings()).toEqual([]);
    await close(one, same, unknown);
  });

  test("never have a share at the same time when their queues are cut into different numbers of shards", async () => {
    await using schema = ownSchema();
    const [embedded, onServer] = [await aWorker(schema.url, "sqlite:"), await aWorker(schema.url, redis)];
    expect((await embedded.ledger.share(1)).owned).toEqual([0]);
    for (let renewal = 0; renewal < 3; renewal += 1) {
      expect((await onServer.ledger.share(16)).owned).toEqual([]);
      expect((await embedded.ledger.share(1)).owned).toEqual([0]);
    }

    await embedded.ledger.close();
    expect((await onServer.ledger.share(16)).owned).toHaveLength(16);
    const late = await aWorker(schema.url, "sqlite:");
    expect((await late.ledger.share(1)).owned).toEqual([]);
    await close(onServer, late);
  });

  test("are not told of when they were killed: nobody holds the lock that shows that they live", async () => {
    await using schema = ownSchema();
    const one = await aWorker(schema.url, redis);
    await schema.query(
      `insert into ${schema.name}.worker (id, lock, until, queue, shards, reaches_queue, reach_since)
         values (gen_random_uuid(), 7, now() + interval '1 hour', $1, 16, true, now())`,
      [rabbit],
    );
    await live(one);

    expect(one.told()).toEqual([]);
    await close(one);
  });

  test("are told of by whoever looks at the ledger, as long as both are there", async () => {
    await using schema = ownSchema();
    const [one, other] = [await aWorker(schema.url, redis), await aWorker(schema.url, rabbit)];
    const looker = await aWorker(schema.url);
    await live(one, other);

    const warnings = await looker.ledger.workerWarnings();
    await other.ledger.close();

    expect(warnings).toEqual([expect.stringContaining(`${rabbit} and ${redis}`)]);
    expect(await looker.ledger.workerWarnings()).toEqual([]);
    await close(one, looker);
  });
});

import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { ownQueue } from "../../../test/support/servers/own-queue.ts";
import { ownSchema } from "../../../test/support/drivers/postgres-harness.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { type Config, loadConfig } from "../../config/load-config.ts";
import { openLedger } from "../../ledger/open-ledger.ts";
import { openQueue } from "../../queue/open-queue.ts";
import type { Queue } from "../../queue/queue.ts";
import { checkHistory } from "./history-check.ts";

const configOf = (data: string, queue: string, ledger: string): Promise<Config> =>
  loadConfig({
    env: { HOOKWELL_DATA: data, HOOKWELL_QUEUE: queue, HOOKWELL_LEDGER: ledger },
    flags: {},
    cwd: "/",
  });

const aWorker = ({ queue, data }: Config): Promise<Queue> =>
  openQueue(queue, data, { leaseMs: 30_000, highWater: 1_000 });

for (const engine of ["file", "amqp", "redis", "postgres", "nats"] as const) {
  const isThere = (engine === "file" || (await answers(engine))) && (await answers("postgres"));
  test.skipIf(!isThere)(
    `${engine}: a queue that is kept for another ledger is told, and the look takes it from nobody`,
    async () => {
      await using folder = await tempFolder();
      await using held = new AsyncDisposableStack();
      const url = engine === "file" ? "sqlite:" : held.use(ownQueue(engine)).url;
      await using schema = ownSchema();
      const [alone, shared] = [
        await configOf(folder.path, url, "sqlite:"),
        await configOf(folder.path, url, schema.url),
      ];
      const ledger = await openLedger(schema.url, folder.path);
      const look = async (): Promise<readonly number[]> => [
        (await checkHistory(alone)).length,
        (await checkHistory(shared)).length,
      ];
      const [one, other] = [await aWorker(alone), await aWorker(alone)];

      expect(await look()).toEqual([0, 0]);
      expect(await one.reserve({ name: "another history", isShared: false })).toBeGreaterThan(0);
      expect(await look()).toEqual([1, 1]);
      expect(await other.reserve({ name: await ledger.history(), isShared: true })).toBe(0);
      await one.close();
      expect(await other.reserve({ name: await ledger.history(), isShared: true })).toBeGreaterThan(0);
      expect(await look()).toEqual([1, 0]);
      const third = await aWorker(alone);
      expect(await third.reserve({ name: "a third history", isShared: false })).toBe(0);

      expect(await readdir(folder.path)).not.toContain("ledger.db");
      await third.close();
      await other.close();
      await ledger.close();
    },
  );
}

test.skipIf(!(await answers("redis")) || !(await answers("postgres")))(
  "a ledger that is not there yet is another one than that which a queue is kept for, and is not made",
  async () => {
    await using folder = await tempFolder();
    await using queue = ownQueue("redis");
    await using schema = ownSchema();
    const config = await configOf(folder.path, queue.url, schema.url);
    const worker = await aWorker(config);
    await worker.reserve({ name: "another history", isShared: true });

    const checks = await checkHistory(config);

    expect(checks).toHaveLength(1);
    expect(await schema.query("select 1 from pg_namespace where nspname = $1", [schema.name])).toEqual([]);
    await worker.close();
  },
);

test("a ledger in a file that was looked at can be opened by whoever comes next", async () => {
  await using folder = await tempFolder();
  const config = await configOf(folder.path, "sqlite:", "sqlite:");
  const open = async (): Promise<void> => (await openLedger(config.ledger, config.data)).close();
  await open();
  const worker = await aWorker(config);
  await worker.reserve({ name: "another history", isShared: false });

  const checks = await checkHistory(config);

  expect(checks).toHaveLength(1);
  await expect(open()).resolves.toBeUndefined();
  await worker.close();
});

test("a queue that cannot be looked at is told by the other checks", async () => {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, "queue.db"), "x".repeat(10_000));

  expect(await checkHistory(await configOf(folder.path, "sqlite:", "sqlite:"))).toEqual([]);
});

test("a queue in a file that is not there yet is kept for nobody, and is not made", async () => {
  await using folder = await tempFolder();
  const config = await configOf(folder.path, "sqlite:", "sqlite:");

  expect(await checkHistory(config)).toEqual([]);

  expect(await readdir(folder.path)).toEqual([]);
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { runContract } from "../../testing/contract.ts";
import { queueDriverContract, type QueueHarness } from "../../testing/queue-driver-contract.ts";
import type { QueueDriver } from "../driver.ts";
import { openSqliteQueue } from "./sqlite.ts";

runContract(test, "sqlite queue", queueDriverContract, async (): Promise<QueueHarness> => {
  const folder = await mkdtemp(join(tmpdir(), "hookwell-queue-"));
  const opened: QueueDriver[] = [];
  return {
    open: async (options) => {
      const driver = openSqliteQueue(join(folder, "queue.db"), { leaseMs: 30_000, ...options });
      opened.push(driver);
      return driver;
    },
    dispose: async () => {
      for (const driver of opened) await driver.close();
      await rm(folder, { recursive: true });
    },
  };
});

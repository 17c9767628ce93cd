import { test } from "vitest";
import { runContract } from "../../testing/contract.ts";
import { queueDriverContract, type QueueHarness } from "../../testing/queue-driver-contract.ts";
import type { QueueDriver } from "../driver.ts";
import { openMemoryQueue } from "./memory.ts";
import { MemoryQueueStore } from "./memory-store.ts";

function memoryHarness(): QueueHarness {
  const store = new MemoryQueueStore();
  const drivers: QueueDriver[] = [];
  return {
    open: async (options) => {
      const driver = openMemoryQueue(store, options);
      drivers.push(driver);
      return driver;
    },
    dispose: async () => {
      for (const driver of drivers) await driver.close();
    },
  };
}

// Most cases only wait, so they may do it together.
runContract(test.concurrent, "memory queue", queueDriverContract, memoryHarness);

import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { openRedisQueue } from "./queue.ts";

// As on a busy machine.
vi.mock(import("../../../lib/peers/peers.ts"), async (load) => {
  const peers = await load();
  const loaded = sleep(4_000).then(() => peers.loadRedis());
  return { ...peers, loadRedis: () => loaded };
});

test("the time in which the package is loaded is none of the server's", async () => {
  const queue = await openRedisQueue("redis://127.0.0.1:1", { leaseMs: 30_000 });

  await expect(queue.depth()).rejects.toThrow("ECONNREFUSED");
  await queue.close();
});

import assert from "node:assert/strict";
import { eventually } from "../eventually.ts";
import type { QueueCase } from "./harness.ts";

/** A queue of one shard belongs to whoever takes from it, and need not be kept for anybody. */
const endless = Number.POSITIVE_INFINITY;

/** A queue that only one worker may handle, since what it knows of the past is in no place that others share. */
export const reservingCases: readonly QueueCase[] = [
  {
    name: "is kept for one history and refused to another, until the first one closes",
    run: async ({ open }) => {
      const [one, other] = [await open(), await open()];
      const keptMs = await one.reserve("one");
      if (one.shards === 1) return assert.equal(keptMs, endless);
      assert.ok(keptMs >= 5_000, `kept for ${keptMs} ms`);
      assert.equal(await other.reserve("other"), 0);
      assert.equal(await one.reserve("one"), keptMs);
      assert.equal(await other.reserve("other"), 0);

      await one.close();

      await eventually(async () => assert.equal(await other.reserve("other"), keptMs));
    },
  },
  {
    name: "is kept for one history: a process of the same name has it at once",
    run: async ({ open }) => {
      const [killed, restarted] = [await open(), await open()];
      const keptMs = await killed.reserve("one");

      assert.equal(await restarted.reserve("one"), keptMs);
    },
  },
  {
    name: "is free for another history when the lease of the one that had it has ended",
    run: async ({ open }) => {
      const [hung, other] = [await open({ leaseMs: 600 }), await open({ leaseMs: 600 })];
      await hung.reserve("hung");
      if (hung.shards === 1) return;
      assert.equal(await other.reserve("other"), 0);

      await eventually(async () => assert.equal(await other.reserve("other"), 600));

      assert.equal(await hung.reserve("hung"), 0);
    },
  },
];

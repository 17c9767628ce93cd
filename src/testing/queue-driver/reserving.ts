import assert from "node:assert/strict";
import { eventually } from "../eventually.ts";
import type { QueueCase } from "./harness.ts";

/** If the queue itself sees which workers are alive, it is kept for as long as they are. */
const endless = Number.POSITIVE_INFINITY;

/** A queue whose events are handled with one history; workers of another one know nothing of it. */
export const reservingCases: readonly QueueCase[] = [
  {
    name: "is kept for one history and refused to another, until the first one closes",
    run: async ({ open }) => {
      const [one, other] = [await open(), await open()];
      const keptMs = await one.reserve({ name: "one", isShared: false });
      assert.ok(keptMs >= 5_000, `kept for ${keptMs} ms`);
      assert.equal(await other.reserve({ name: "other", isShared: false }), 0);
      assert.equal(await one.reserve({ name: "one", isShared: false }), keptMs);
      assert.equal(await other.reserve({ name: "other", isShared: false }), 0);

      await one.close();

      await eventually(async () =>
        assert.equal(await other.reserve({ name: "other", isShared: false }), keptMs),
      );
    },
  },
  {
    name: "is kept for one history: a process of the same name has it at once",
    run: async ({ open }) => {
      const [killed, restarted] = [await open(), await open()];
      const keptMs = await killed.reserve({ name: "one", isShared: false });

      assert.equal(await restarted.reserve({ name: "one", isShared: false }), keptMs);
    },
  },
  {
    name: "is kept for a history that is shared also when one of its workers closes",
    run: async ({ open }) => {
      const [one, another, other] = [await open(), await open(), await open()];
      await one.reserve({ name: "one", isShared: true });
      await another.reserve({ name: "one", isShared: true });

      await one.close();

      assert.equal(await other.reserve({ name: "other", isShared: false }), 0);
      assert.ok((await another.reserve({ name: "one", isShared: true })) > 0);
    },
  },
  {
    name: "is free for another history when the lease of the one that had it has ended",
    run: async ({ open }) => {
      const leaseMs = 1_500;
      const [hung, other] = [await open({ leaseMs }), await open({ leaseMs })];
      if ((await hung.reserve({ name: "hung", isShared: false })) === endless) return;
      assert.equal(await other.reserve({ name: "other", isShared: false }), 0);

      // That holds while the other renews it in time; if the machine stalls, the one that hung gets it back.
      await eventually(async () => {
        assert.equal(await other.reserve({ name: "other", isShared: false }), leaseMs);
        assert.equal(await hung.reserve({ name: "hung", isShared: false }), 0);
      });
    },
  },
];

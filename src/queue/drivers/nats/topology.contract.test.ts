import assert from "node:assert/strict";
import type { JetStreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { withManager } from "../../../../test/support/nats-harness.ts";
import { NatsServer } from "../../../../test/support/nats-server.ts";
import type { NatsPlan } from "./streams.ts";
import { declare, takeOver } from "./topology.ts";

const plan: NatsPlan = { name: "hookwell", replicas: undefined, leaseMs: 30_000, shown: "", isLook: false };

/** A manager by which another takes a shard over between any two steps of ours. */
function overtaken(manager: JetStreamManager, other: () => Promise<unknown>): JetStreamManager {
  const { streams } = manager;
  const consumers = {
    info: async (...of: readonly [string, string]) => {
      const info = await manager.consumers.info(...of);
      await other();
      return info;
    },
  };
  return { streams, consumers, jetstream: () => manager.jetstream() } as unknown as JetStreamManager;
}

test.skipIf(!(await answers("nats")))(
  "of two that take a shard over at the same moment, one has it, with a consumer of its own",
  async () => {
    await using server = await NatsServer.start();
    await withManager(server, async (manager) => {
      const [shard] = (await declare(manager, plan)).shards;
      assert.ok(shard !== undefined);
      const taken: string[] = [];
      const other = async (): Promise<void> => {
        taken.push((await takeOver(manager, plan, shard)).consumer);
      };

      await expect(takeOver(overtaken(manager, other), plan, shard)).rejects.toThrow("wrong last sequence");

      const left: string[] = [];
      for await (const { name } of manager.consumers.list("hookwell"))
        if (name.startsWith("0-")) left.push(name);
      expect(left).toEqual(taken);
    });
  },
);

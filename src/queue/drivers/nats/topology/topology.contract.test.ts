import assert from "node:assert/strict";
import type { JetStreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { withManager } from "../../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../../test/support/servers/nats-server.ts";
import type { NatsPlan } from "./streams.ts";
import { writeTakeovers } from "./takeovers.ts";
import { declare, takeOver } from "./topology.ts";

const isThere = await answers("nats");
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

async function consumersOf(manager: JetStreamManager): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of manager.consumers.list("hookwell")) names.push(name);
  return names.toSorted();
}

test.skipIf(!isThere)(
  "of two that take a shard over at the same moment, one has it, with a consumer of its own",
  async () => {
    await using server = await NatsServer.start();
    await withManager(server, async (manager) => {
      const [shard] = await declare(manager, plan);
      assert.ok(shard !== undefined);
      const taken: string[] = [];
      const other = async (): Promise<void> => {
        taken.push((await takeOver(manager, plan, shard, new Map())).consumer);
      };

      await expect(takeOver(overtaken(manager, other), plan, shard, new Map())).rejects.toThrow(
        "wrong last sequence",
      );

      expect((await consumersOf(manager)).filter((name) => name.startsWith("0-"))).toEqual(taken);
    });
  },
);

test.skipIf(!isThere)(
  "a shard whose next owner died when it had written that down gets the consumer that is written, and the others keep theirs",
  async () => {
    await using server = await NatsServer.start();
    await withManager(server, async (manager) => {
      const shards = await declare(manager, plan);
      const next = shards.map((shard) => (shard.index === 1 ? { ...shard, generation: 1 } : shard));
      const [, written] = next;
      assert.ok(written !== undefined);
      await writeTakeovers(manager, "hookwell-attempts", written, 0);

      await declare(manager, plan);

      const named = next.map(({ index, incarnation, generation }) => `${index}-${incarnation}-${generation}`);
      expect(await consumersOf(manager)).toEqual(named.toSorted());
    });
  },
);

test.skipIf(!isThere)("of the owners of a shard only the last one is written down", async () => {
  await using server = await NatsServer.start();
  await withManager(server, async (manager) => {
    const [shard] = await declare(manager, plan);
    assert.ok(shard !== undefined);

    for (const _ of [1, 2, 3]) await takeOver(manager, plan, shard, new Map());

    expect((await manager.streams.info("hookwell-attempts")).state.messages).toBe(1);
  });
});

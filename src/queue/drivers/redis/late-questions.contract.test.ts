import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { twoWorkers } from "../../../../test/support/drivers/redis-harness.ts";
import { shardOf } from "../../../event/shard.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, messages, never, ownAll, textsOf } from "../../../testing/queue-driver/harness.ts";
import type { QueueDriver } from "../../driver.ts";

const isThere = await answers("redis");

const cases = [
  {
    when: "the asker has come by another line",
    // The old connection is given up by then.
    nextOf: async (asker: QueueDriver): Promise<QueueDriver> => {
      await eventually(() => asker.depth(), 20_000);
      return asker;
    },
  },
  {
    when: "another has the shards since the asker was killed",
    nextOf: async (_: QueueDriver, other: QueueDriver): Promise<QueueDriver> => {
      // Beside what the asker has waited for an answer. Nobody's shards are another's before.
      await sleep(1_700);
      await ownAll(other);
      return other;
    },
  },
];

test.skipIf(!isThere).for(cases)(
  "what a cut network brings late takes nothing, after $when",
  { timeout: 60_000 },
  async ({ nextOf }) => {
    await using two = await twoWorkers();
    const [asker, other] = two.workers;
    await ownAll(asker);
    await asker.receive(10, never);
    two.line.hold();
    expect(await asker.receive(10, never)).toEqual([]);
    const next = await nextOf(asker, other);
    await other.send(messages("first", 2));

    two.line.arrive();
    await sleep(500);

    await other.send(messages("second", 1));
    const deliveries = await collect(next, 3, { withinMs: 5_000 });
    expect(textsOf(deliveries)).toEqual(["first 0", "first 1", "second 0"]);
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  },
);

test.skipIf(!isThere)(
  "what a cut network brings late takes nothing over from who has the shard by then",
  { timeout: 60_000 },
  async () => {
    await using two = await twoWorkers();
    const [asker, other] = two.workers;
    const sent = messages("message", 1);
    const shards = sent.map((message) => shardOf(message, asker.shards));
    // It knows the time of the server.
    await asker.own(shards);
    await asker.own([]);
    two.line.hold();
    const asked = asker.own(shards).catch(String);
    await sleep(3_200);
    await other.own(shards);
    await other.send(sent);
    const deliveries = await collect(other, 1);

    two.line.arrive();
    await sleep(500);

    expect(await other.receive(10, never)).toEqual([]);
    await other.ack(deliveries);
    expect((await other.depth()).messages).toBe(0);
    expect(await asked).toContain("does not answer");
  },
);

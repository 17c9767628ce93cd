import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { twoWorkers } from "../../../../test/support/redis-harness.ts";
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
    when: "another has its shards",
    nextOf: async (_: QueueDriver, other: QueueDriver): Promise<QueueDriver> => {
      // Nobody's shards are another's before.
      await sleep(6_000);
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

import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { twoWorkers } from "../../../../test/support/drivers/redis-harness.ts";
import { shardOf } from "../../../event/shard.ts";
import { collect, messageOf, messages, never, ownAll } from "../../../testing/queue-driver/harness.ts";

test.skipIf(!(await answers("redis")))(
  "the queue is free for another history when it is closed, also if the server is slow to take back what was held",
  async () => {
    await using two = await twoWorkers();
    const [one, other] = two.workers;
    await one.reserve({ name: "one", isShared: false });
    await ownAll(one);
    await other.send(messages("message", 1));
    await collect(one, 1);
    two.line.slowDown(3_000);

    await one.close();

    expect(await other.reserve({ name: "other", isShared: false })).toBeGreaterThan(0);
  },
);

test.skipIf(!(await answers("redis")))(
  "who closes while it takes over shards takes none of them from its owner after that",
  async () => {
    await using two = await twoWorkers();
    const [one, other] = two.workers;
    await ownAll(one);
    // From now on, it gives something back when it closes.
    await one.receive(1, never);
    await one.own([]);
    await ownAll(other);
    const message = messageOf("message");
    const shard = shardOf(message, one.shards);
    await other.send([message]);
    const held = await collect(other, 1);
    two.line.slowDown(600);
    const owning = one.own([(shard + 1) % one.shards, shard]).catch(() => undefined);
    await sleep(100);

    await one.close();

    await owning;
    expect(await other.receive(10, never)).toEqual([]);
    await other.ack(held);
    expect((await other.depth()).messages).toBe(0);
  },
);

test.skipIf(!(await answers("redis")))(
  "what is being sent when the queue is closed has its answer",
  async () => {
    await using two = await twoWorkers();
    const [one, other] = two.workers;
    two.line.slowDown(300);
    const sending = one.send(messages("message", 2));

    await one.close();

    await expect(sending).resolves.toBeUndefined();
    expect((await other.depth()).messages).toBe(2);
  },
);

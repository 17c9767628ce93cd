import { expect, test } from "vitest";
import { withClient, withNames } from "../../../../test/support/amqp-harness.ts";
import { answers, engineUrls } from "../../../../test/support/engines.ts";
import { collect, messages, ownAll, textsOf } from "../../../testing/queue-driver/harness.ts";
import { declareTopology } from "./topology.ts";

test.skipIf(!(await answers("amqp")))("queues that an older version made are used, and told of", () =>
  withNames(async ({ open, names }) => {
    await withClient(engineUrls.amqp, async (client) =>
      declareTopology([await client.acquire()], names, () => false),
    );

    const queue = await open();
    await ownAll(queue);
    await queue.send(messages("message", 2));

    expect(textsOf(await collect(queue, 2))).toEqual(["message 0", "message 1"]);
    const { warnings } = await queue.report();
    expect(warnings).toEqual([expect.stringMatching(/^An older version made the queues/)]);
  }),
);

test.skipIf(!(await answers("amqp")))(
  "a queue that is missing among those of an older version is made like them",
  () =>
    withNames(async ({ open, names }) => {
      await withClient(engineUrls.amqp, async (client) => {
        await declareTopology([await client.acquire()], names, () => false);
        await client.queueDelete(names.shard(3));
      });

      const queue = await open();
      await ownAll(queue);
      await queue.send(messages("message", 40));

      expect(await collect(queue, 40)).toHaveLength(40);
    }),
);

test.skipIf(!(await answers("amqp"))).for([{ missing: [0] }, { missing: [0, 7] }])(
  "the first queue may be missing among those of an older version, too: without $missing",
  ({ missing }) =>
    withNames(async ({ open, names }) => {
      await withClient(engineUrls.amqp, async (client) => {
        await declareTopology([await client.acquire()], names, () => false);
        for (const shard of missing) await client.queueDelete(names.shard(shard));
      });

      const queue = await open();
      await ownAll(queue);
      await queue.send(messages("message", 40));

      expect(await collect(queue, 40)).toHaveLength(40);
      expect((await queue.report()).warnings).toHaveLength(1);
      // What it has made stays as it is, too.
      const next = await open();
      expect((await next.report()).warnings).toHaveLength(1);
    }),
);

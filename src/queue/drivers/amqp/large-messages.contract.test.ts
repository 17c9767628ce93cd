import assert from "node:assert/strict";
import { describe, expect, test, vi } from "vitest";
import { withClient } from "../../../../test/support/drivers/amqp-harness.ts";
import { ownAmqpServer, timeout } from "../../../../test/support/servers/amqp-own-server.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { shardOf } from "../../../event/shard.ts";
import { eventually } from "../../../testing/eventually.ts";
import {
  collect,
  messageOf,
  never,
  opened,
  ownAll,
  owned,
  takeOne,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";

const isThere = await answers("amqp");

const own = ownAmqpServer(isThere);
const { onServer, open } = own;

describe.skipIf(!isThere)("where the server takes no large messages", () => {
  test("says which messages are too large, and from then on without losing its channel", { timeout }, () =>
    onServer(async () => {
      const [small, large] = [messageOf("small"), messageOf("x".repeat(5_000))];
      const tooLarge = { name: "EventTooLargeError", places: [1], message: /raise max_message_size/ };
      const driver = await owned(open());
      await own.server.control("eval", "persistent_term:put(max_message_size, 4000).");
      try {
        await eventually(() => driver.depth());
        await assert.rejects(driver.send([small, large]), tooLarge);
        await eventually(() => driver.send([messageOf("between")]), 20_000);
        await assert.rejects(driver.send([small, large]), tooLarge);
        await driver.send([messageOf("after")]);
      } finally {
        await own.server.control("eval", "persistent_term:put(max_message_size, 16777216).");
      }
      expect(textsOf(await collect(driver, 2)).at(-1)).toBeDefined();
      await driver.close();
    }),
  );

  test("keeps its channel when what is to be tried again is too large by now", { timeout }, () =>
    onServer(async () => {
      const { log, lines } = recordedLog();
      const driver = await owned(open("", log));
      await driver.send([messageOf("x".repeat(5_000))]);
      const delivery = await takeOne(driver);
      await own.server.control("eval", "persistent_term:put(max_message_size, 4000).");
      const again = (): Promise<void> => driver.retry(delivery, { delayMs: 0, attempt: 2 });
      try {
        await assert.rejects(again(), { message: /raise max_message_size/ });
        await eventually(() => driver.send([messageOf("between")]), 20_000);

        await assert.rejects(again(), { message: /raise max_message_size/ });

        await driver.send([messageOf("after")]);
        // With the reason of each, should there be more.
        expect([...lines]).toMatchObject([{ fact: "queue.engine_lost" }, { fact: "queue.engine_back" }]);
      } finally {
        await own.server.control("eval", "persistent_term:put(max_message_size, 16777216).");
      }
      await driver.close();
    }),
  );

  test(
    "asks again after a minute how large a message may be, also if the clock was set back",
    { timeout },
    () =>
      onServer(async () => {
        const large = messageOf("x".repeat(5_000));
        const driver = await open();
        await own.server.control("eval", "persistent_term:put(max_message_size, 4000).");
        try {
          await assert.rejects(driver.send([large]), { name: "EventTooLargeError" });
        } finally {
          await own.server.control("eval", "persistent_term:put(max_message_size, 16777216).");
        }
        await eventually(() => driver.send([messageOf("small")]), 20_000);
        const [clock, since] = [Date.now.bind(Date), performance.now.bind(performance)];
        vi.spyOn(Date, "now").mockImplementation(() => clock() - 3_600_000);
        vi.spyOn(performance, "now").mockImplementation(() => since() + 61_000);

        try {
          await driver.send([large]);
        } finally {
          vi.restoreAllMocks();
        }

        await driver.close();
      }),
  );
});

test.skipIf(!isThere)("keeps large events whole where the server takes smaller frames", { timeout }, () =>
  onServer(async () => {
    const text = Array.from({ length: 60_000 }, (_, index) => index).join(" ");
    await own.server.control("eval", "application:set_env(rabbit, frame_max, 65536).");
    try {
      const driver = await open();
      await ownAll(driver);

      await driver.send([messageOf(text), messageOf("small")]);

      expect(textsOf(await collect(driver, 2))).toEqual([text, "small"]);
      await driver.close();
    } finally {
      await own.server.control("eval", "application:set_env(rabbit, frame_max, 131072).");
    }
  }),
);

test.skipIf(!isThere)(
  "holds no more of large events than there is memory for, and keeps their order",
  { timeout },
  () =>
    onServer(async ({ names }) => {
      const driver = await open();
      const count = 70;
      for (let number = 0; number < count; number += 1) {
        await driver.send([messageOf(new Uint8Array(5 * 1024 * 1024).fill(number))]);
      }
      await ownAll(driver);
      const queue = names.shard(shardOf(messageOf(""), driver.shards));
      await withClient(own.server.url, (client) =>
        eventually(async () => {
          const { messageCount } = await client.queueDeclare({ queue, passive: true });
          expect(messageCount).toBeGreaterThan(count - 20);
        }, 20_000),
      );

      const numbers: (number | undefined)[] = [];
      while (numbers.length < count) {
        const deliveries = await collect(driver, 1);
        numbers.push(...deliveries.map((delivery) => opened(delivery).body[0]));
        await driver.ack(deliveries);
      }

      expect(numbers).toEqual(Array.from({ length: count }, (_, number) => number));
      await driver.close();
    }),
);

test.skipIf(!isThere)("holds as many as before when events are small again", { timeout }, () =>
  onServer(async () => {
    const prefetch = 20;
    const driver = await open(`&prefetch=${prefetch}`);
    const large = Array.from({ length: prefetch }, () => messageOf(new Uint8Array(14 * 1024 * 1024)));
    const small = Array.from({ length: 1_000 }, (_, number) => messageOf(`small ${number}`));
    const handle = async (count: number): Promise<void> => {
      for (let handled = 0; handled < count;) {
        const deliveries = await driver.receive(100, never);
        await driver.ack(deliveries);
        handled += deliveries.length;
      }
    };
    for (const one of large) await driver.send([one]);
    await ownAll(driver);
    await handle(large.length);
    await driver.send(small);

    await handle(2 * prefetch * driver.shards);

    // Held at the same time.
    expect(await collect(driver, prefetch)).toHaveLength(prefetch);
    await driver.close();
  }),
);

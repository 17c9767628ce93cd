import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { withClient } from "../../../../test/support/amqp-harness.ts";
import { ownAmqpServer, timeout } from "../../../../test/support/amqp-own-server.ts";
import { answers } from "../../../../test/support/engines.ts";
import { aMessage } from "../../../testing/builders.ts";
import { bytesOf } from "../../../testing/bytes.ts";
import { eventually, timed } from "../../../testing/eventually.ts";
import { collect, messageOf, messages, takeOne, textsOf } from "../../../testing/queue-driver/harness.ts";
import type { QueueDriver } from "../../driver.ts";

const isThere = await answers("amqp");
const unavailable = { name: "QueueUnavailableError" };

const own = ownAmqpServer(isThere);
const { onServer, open } = own;

describe.skipIf(!isThere)("while it cannot take messages", () => {
  /** Proves that a send is refused in time. */
  async function assertRefuses(driver: QueueDriver): Promise<void> {
    const { ms } = await timed(() => assert.rejects(driver.send([messageOf("refused")]), unavailable));
    expect(ms).toBeLessThan(6_000);
  }

  test("rejects in time when the server is away, also once it was there", { timeout }, () =>
    onServer(async () => {
      const driver = await open();
      await driver.send([messageOf("before")]);
      await own.server.stop();
      try {
        await assertRefuses(driver);
        await assert.rejects(driver.depth(), unavailable);
        await assert.rejects(driver.own([1]), unavailable);
      } finally {
        await own.server.start();
      }
      await eventually(() => driver.send([messageOf("after")]), 20_000);
      await eventually(() => driver.depth(), 20_000);
      expect(textsOf(await collect(driver, 2))).toEqual(["before", "after"]);
      await driver.close();
    }),
  );

  test("rejects in time when the server hangs", { timeout }, () =>
    onServer(async () => {
      const driver = await open();
      await own.server.pause();
      try {
        await assertRefuses(driver);
        await assertRefuses(driver);
        const { ms } = await timed(() => assert.rejects(driver.depth(), unavailable));
        expect(ms).toBeLessThan(6_000);
      } finally {
        await own.server.resume();
      }
      await eventually(() => driver.send([messageOf("after")]), 20_000);
      await driver.close();
    }),
  );

  test("rejects while the server is short of memory, but gives out what is there", { timeout }, () =>
    onServer(async () => {
      const driver = await open();
      await driver.send(messages("message", 3));
      await own.server.control("set_vm_memory_high_watermark", "absolute", "1MB");
      try {
        await sleep(200);
        await assertRefuses(driver);
        await assertRefuses(driver);
        await driver.ack(await collect(driver, 3));
        expect((await driver.depth()).messages).toBeLessThanOrEqual(1);
        await driver.own([]);
      } finally {
        await own.server.control("set_vm_memory_high_watermark", "0.6");
      }
      await eventually(() => driver.send([messageOf("after")]), 20_000);
      await driver.close();
    }),
  );

  test("goes on after it lost a queue while the server was short of memory", { timeout }, () =>
    onServer(async ({ names }) => {
      const driver = await open();
      await own.server.control("set_vm_memory_high_watermark", "absolute", "1MB");
      try {
        const short = { message: /until it has more room/, takesNothing: true };
        await eventually(() => assert.rejects(driver.send([messageOf("refused")]), short), 20_000);
        await withClient(own.server.url, (client) => client.queueDelete(names.members));
        const lost = /a queue was deleted/;
        await eventually(() => assert.rejects(driver.send([messageOf("refused")]), lost), 20_000);
      } finally {
        await own.server.control("set_vm_memory_high_watermark", "0.6");
      }

      await eventually(() => driver.send([messageOf("after")]), 20_000);

      await driver.close();
    }),
  );

  test("rejects what a policy of the server leaves no room for, and loses nothing", { timeout }, () =>
    onServer(async ({ names }) => {
      const driver = await open();
      await driver.send(messages("message", 3));
      const pattern = `^${names.exchange}[.]`;
      await own.server.control("set_policy", "short", pattern, '{"max-length":3}', "--apply-to", "queues");
      try {
        const refused = { name: "EventsRefusedError" };
        await eventually(() => assert.rejects(driver.send([messageOf("too much")]), refused), 20_000);
        const [one, other] = ["elsewhere 0", "elsewhere 1"].map((text) =>
          aMessage({ entity: "message:two", body: bytesOf(text) }),
        );
        assert.ok(one !== undefined && other !== undefined);
        // Those for which there is room are stored, and it is told which are not.
        await assert.rejects(driver.send([one, messageOf("too much"), other]), { ...refused, places: [1] });
      } finally {
        await own.server.control("clear_policy", "short");
      }
      await eventually(() => driver.send([messageOf("after")]), 20_000);
      const { messages: count } = await driver.depth();
      const texts = textsOf(await collect(driver, count));
      const isElsewhere = (text: string): boolean => text.startsWith("elsewhere");
      expect(texts.filter(isElsewhere)).toEqual(["elsewhere 0", "elsewhere 1"]);
      const ofOne = texts.filter((text) => !isElsewhere(text));
      expect(ofOne.slice(0, 3)).toEqual(["message 0", "message 1", "message 2"]);
      expect(ofOne).toContain("after");
      await driver.close();
    }),
  );

  test("says which messages are too large, and from then on without losing its channel", { timeout }, () =>
    onServer(async () => {
      const [small, large] = [messageOf("small"), messageOf("x".repeat(5_000))];
      const tooLarge = { name: "EventTooLargeError", places: [1], message: /raise max_message_size/ };
      const driver = await open();
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

  test("notices a missing queue although a queue of another takes the messages", { timeout }, () =>
    onServer(async ({ names }) => {
      const driver = await open();
      await withClient(own.server.url, async (client) => {
        const queue = `${names.exchange}-others`;
        await client.queueDeclare({ queue, durable: true });
        await client.queueBind({ queue, exchange: names.exchange, routingKey: "#" });
        for (let shard = 0; shard < driver.shards; shard += 1) await client.queueDelete(names.shard(shard));

        await assert.rejects(driver.depth(), unavailable);

        await eventually(() => driver.depth(), 10_000);
        await driver.send([messageOf("there")]);
        expect(textsOf([await takeOne(driver)])).toEqual(["there"]);
        await client.queueDelete(queue);
      });
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
      await driver.own(Array.from({ length: driver.shards }, (_, shard) => shard));

      await driver.send([messageOf(text), messageOf("small")]);

      expect(textsOf(await collect(driver, 2))).toEqual([text, "small"]);
      await driver.close();
    } finally {
      await own.server.control("eval", "application:set_env(rabbit, frame_max, 131072).");
    }
  }),
);

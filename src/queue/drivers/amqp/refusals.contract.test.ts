import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { withClient } from "../../../../test/support/drivers/amqp-harness.ts";
import { ownAmqpServer, timeout } from "../../../../test/support/servers/amqp-own-server.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { shardOf } from "../../../event/shard.ts";
import { aMessage } from "../../../testing/builders.ts";
import { bytesOf } from "../../../testing/bytes.ts";
import { eventually, timed } from "../../../testing/eventually.ts";
import {
  collect,
  messageOf,
  messages,
  ownAll,
  takeOne,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import type { QueueDriver } from "../../driver.ts";
import { openAmqpQueue } from "./queue.ts";

const isThere = await answers("amqp");
const unavailable = { name: "QueueUnavailableError" };

const own = ownAmqpServer(isThere);
const { onServer, open } = own;

describe.skipIf(!isThere)("while it cannot take messages", () => {
  /** Proves that a send is refused in time. */
  async function assertRefuses(driver: QueueDriver): Promise<void> {
    const { ms } = await timed(() => assert.rejects(driver.send([messageOf("refused")]), unavailable));
    expect(ms).toBeLessThan(7_900);
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
      await eventually(() => ownAll(driver), 20_000);
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
        expect(ms).toBeLessThan(7_900);
      } finally {
        await own.server.resume();
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
      await ownAll(driver);
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

  test("takes for stored nothing that found no queue, also if others were refused", { timeout }, () =>
    onServer(async ({ names }) => {
      const driver = await open();
      const [full, missing] = [messageOf("full"), aMessage({ entity: "message:two" })];
      const [ofFull, ofMissing] = [full, missing].map((one) => names.shard(shardOf(one, driver.shards)));
      assert.ok(ofFull !== undefined && ofMissing !== undefined && ofFull !== ofMissing);
      await driver.send([full, full]);
      const pattern = `^${ofFull}$`;
      await own.server.control("set_policy", "short", pattern, '{"max-length":1}', "--apply-to", "queues");
      try {
        const refused = { name: "EventsRefusedError" };
        await eventually(() => assert.rejects(driver.send([full]), refused), 20_000);
        await withClient(own.server.url, (client) => client.queueDelete(ofMissing));

        await assert.rejects(driver.send([full, missing]), unavailable);
      } finally {
        await own.server.control("clear_policy", "short");
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

        await eventually(() => ownAll(driver), 10_000);
        await driver.send([messageOf("there")]);
        expect(textsOf([await takeOne(driver)])).toEqual(["there"]);
        await client.queueDelete(queue);
      });
      await driver.close();
    }),
  );
});

test.skipIf(!isThere)("tells of missing rights also when it meets them later, once", { timeout }, () =>
  onServer(async ({ url, names }) => {
    const { server } = own;
    const user = "someone";
    await server.control("add_user", user, "secret");
    const rights = (pattern: string): Promise<unknown> =>
      server.control("set_permissions", user, pattern, pattern, pattern);
    await rights(".*");
    const { log, lines, facts } = recordedLog();
    const theirs = url.replace(/[^/]*@/, `${user}:secret@`);
    const driver = await openAmqpQueue(theirs, { leaseMs: 30_000, log });
    try {
      await rights("^other");
      await server.control("close_all_connections", "a test");

      const lacking = (): number =>
        lines.filter(({ fields }) => String(fields["error"]).includes(`write and read ^${names.exchange}`))
          .length;
      await eventually(() => expect(lacking()).toBe(1), 20_000);
      // Some more tries.
      await sleep(1_000);
      expect(lacking()).toBe(1);
      await rights(".*");
      await eventually(() => expect(facts().at(-1)).toBe("queue.engine_back"), 20_000);
    } finally {
      await driver.close();
      await server.control("delete_user", user);
    }
  }),
);

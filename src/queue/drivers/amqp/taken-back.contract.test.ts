import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ownAmqpServer, timeout } from "../../../../test/support/servers/amqp-own-server.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { shardOf } from "../../../event/shard.ts";
import { aMessage } from "../../../testing/builders.ts";
import { bytesOf } from "../../../testing/bytes.ts";
import { eventually } from "../../../testing/eventually.ts";
import {
  assertEmpty,
  collect,
  messageOf,
  messages,
  ownAll,
  takeOne,
  textOf,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";

const isThere = await answers("amqp");

const own = ownAmqpServer(isThere);
const { onServer, open } = own;

describe.skipIf(!isThere)("where the server waits a second for each answer", () => {
  const tickAndLimit = (tickMs: number, limitMs: number): Promise<string> =>
    own.server.control(
      "eval",
      `application:set_env(rabbit, channel_tick_interval, ${tickMs}), application:set_env(rabbit, consumer_timeout, ${limitMs}).`,
    );
  const onImpatientServer = (run: () => Promise<void>): Promise<void> =>
    onServer(async () => {
      await tickAndLimit(300, 1_000);
      try {
        await run();
      } finally {
        await tickAndLimit(60_000, 1_800_000);
      }
    });

  test("goes on when the server gives up a handler that took too long", { timeout }, () =>
    onImpatientServer(async () => {
      const driver = await open();
      await ownAll(driver);
      await driver.send([messageOf("slow")]);
      const late = await takeOne(driver);

      const again = await eventually(async () => {
        const [delivery] = await driver.receive(1, AbortSignal.timeout(500));
        assert.ok(delivery !== undefined);
        return delivery;
      }, 20_000);

      expect([again.attempt, again.receipt === late.receipt]).toEqual([2, false]);
      await eventually(() => driver.ack([late, again]));
      await driver.close();
    }),
  );

  test("a handler that takes too long costs only its own shard, and it is said", { timeout }, () =>
    onImpatientServer(async () => {
      const { log, lines } = recordedLog();
      const driver = await open("", log);
      await ownAll(driver);
      const [slow, quick] = [messageOf("slow"), aMessage({ entity: "message:2", body: bytesOf("quick") })];
      expect(shardOf(slow, driver.shards)).not.toBe(shardOf(quick, driver.shards));
      await driver.send([slow]);
      await takeOne(driver);

      const attempts: number[] = [];
      const again = await eventually(async () => {
        await driver.send([quick]);
        const taken = await driver.receive(10, AbortSignal.timeout(300));
        // So something of it is held whenever the other shard is taken back.
        await sleep(100);
        const ofQuick = taken.filter((delivery) => textOf(delivery) === "quick");
        attempts.push(...ofQuick.map(({ attempt }) => attempt));
        await driver.ack(ofQuick);
        const back = taken.find((delivery) => textOf(delivery) === "slow");
        assert.ok(back !== undefined);
        return back;
      }, 20_000);

      expect(again.attempt).toBe(2);
      expect(new Set(attempts)).toEqual(new Set([1]));
      const said = lines.filter(({ level }) => level === "warn");
      expect(said.map(({ fact }) => fact)).toEqual(["queue.taken_back"]);
      // From RabbitMQ 4.3 on it gives no reason of its own.
      expect(said[0]?.fields["error"]).toMatch(
        /delivery acknowledgement .* timed out. .* 1000 ms|consumer_timeout/,
      );
      await driver.send([messageOf("next")]);
      await driver.ack([again, await takeOne(driver)]);
      expect((await driver.depth()).messages).toBeLessThanOrEqual(1);
      await driver.close();
    }),
  );
});

test.skipIf(!isThere)("goes on when the server cancels the consumer of a shard alone", { timeout }, () =>
  onServer(async ({ names }) => {
    const { log, facts } = recordedLog();
    const driver = await open("", log);
    await ownAll(driver);
    await driver.send(messages("message", 3));
    await driver.ack([await takeOne(driver)]);
    const held = await takeOne(driver);
    const queue = names.shard(shardOf(messageOf(""), driver.shards));

    // As RabbitMQ 4.3 does where it waited too long for an answer.
    const cancel = `Queue = rabbit_misc:r(<<"/">>, queue, <<"${queue}">>), [gen_server2:cast(Channel, {queue_event, Queue, {nobody, {machine, eol}}}) || Channel <- rabbit_channel:list()].`;
    await own.server.control("eval", cancel);

    await eventually(() => expect(facts()).toEqual(["queue.taken_back"]));
    const again = await collect(driver, 2);
    expect(textsOf(again)).toEqual(["message 1", "message 2"]);
    await driver.ack([held, ...again]);
    await assertEmpty(driver);
    expect(facts()).toEqual(["queue.taken_back"]);
    await driver.close();
  }),
);

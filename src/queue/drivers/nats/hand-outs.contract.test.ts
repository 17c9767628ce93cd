import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { DiscardPolicy } from "@nats-io/jetstream";
import { afterEach, describe, expect, test, vi } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { twoQueues, withManager } from "../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { shardOf } from "../../../event/shard.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually, promptly, timed } from "../../../testing/eventually.ts";
import {
  collect,
  messages,
  never,
  opened,
  ownAll,
  takeOne,
  textOf,
} from "../../../testing/queue-driver/harness.ts";
import type { QueueDriver } from "../../driver.ts";
import { openNatsQueue } from "./queue.ts";

afterEach(() => vi.useRealTimers());

const isThere = await answers("nats");
const timeout = 60_000;

describe.skipIf(!isThere)("what the server knows of a message", () => {
  test("a message that is sent twice is stored once", { timeout }, async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 2_000 });
    const message = aMessage();

    await driver.send([message]);
    await driver.send([message]);

    expect((await driver.depth()).messages).toBe(1);
    await driver.close();
  });

  test(
    "a message whose process died keeps its delay and its count when another takes over",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const [hung, next] = await twoQueues(server);
      const shards = [...Array(hung.shards).keys()];
      await hung.own(shards);
      await hung.send([aMessage({ eventId: "failed often", entity: "message:one" })]);
      for (const attempt of [2, 3]) await hung.retry(await takeOne(hung), { delayMs: 0, attempt });
      await hung.send([aMessage({ eventId: "delayed", entity: "message:one" })]);
      const [failed, delayed] = [await takeOne(hung), await takeOne(hung)];
      expect([failed.attempt, delayed.attempt]).toEqual([3, 1]);
      const retriedAt = performance.now();
      await hung.retry(delayed, { delayMs: 1_500, attempt: 2 });

      await next.own(shards);

      const value = [await takeOne(next), await takeOne(next)];
      expect(value.map((one) => [opened(one).eventId, one.attempt])).toEqual([
        ["failed often", 4],
        ["delayed", 2],
      ]);
      expect(performance.now() - retriedAt).toBeGreaterThanOrEqual(1_480);
      // The old holder has done the work after all, and only that.
      await hung.ack([failed]);
      expect((await next.depth()).messages).toBe(1);
      await next.ack(value);
      expect((await next.depth()).messages).toBe(0);
      await Promise.all([hung.close(), next.close()]);
    },
  );

  test(
    "a message that waits for its retry waits no longer when the clock of the next owner is behind",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const [hung, next] = await twoQueues(server);
      const shards = [...Array(hung.shards).keys()];
      await hung.own(shards);
      await hung.send([aMessage()]);
      const failed = await takeOne(hung);
      const retriedAt = performance.now();
      await hung.retry(failed, { delayMs: 1_500, attempt: 2 });
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 3_600_000 });

      await next.own(shards);

      expect((await takeOne(next)).attempt).toBe(2);
      expect(performance.now() - retriedAt).toBeGreaterThanOrEqual(1_480);
      await Promise.all([hung.close(), next.close()]);
    },
  );

  test("several processes may begin at the same time, and a lease may change", { timeout }, async () => {
    await using server = await NatsServer.start();
    const open = (leaseMs: number): Promise<QueueDriver> => openNatsQueue(server.url, { leaseMs });

    const drivers = await Promise.all([1, 2, 3, 4].map(() => open(30_000)));
    await Promise.all(drivers.map((driver) => driver.send([aMessage()])));
    const late = await open(300);
    await ownAll(late);

    expect((await late.depth()).messages).toBe(4);
    const seen = new Set<string>();
    await eventually(async () => {
      for (const delivery of await late.receive(10, AbortSignal.timeout(500)))
        seen.add(`${delivery.receipt} ${delivery.attempt}`);
      expect(seen.size).toBeGreaterThan(4);
    });
    await Promise.all([...drivers, late].map((driver) => driver.close()));
  });

  test("a shard that is given up goes on at once with its next owner", { timeout }, async () => {
    await using server = await NatsServer.start();
    const [one, other] = await twoQueues(server);
    const shards = [...Array(one.shards).keys()];
    await one.own(shards);
    const waiting = one.receive(10, never);
    await one.own([]);
    await other.own(shards);
    await other.send([aMessage()]);

    expect((await takeOne(other)).attempt).toBe(1);
    expect(await waiting).toEqual([]);
    await Promise.all([one.close(), other.close()]);
  });

  test(
    "what waits in a shard comes promptly to who is given it while it waits for others",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const driver = await openNatsQueue(server.url, { leaseMs: 30_000 });
      await driver.send([aMessage()]);

      const given = promptly(800, async () => {
        await driver.own([]);
        const receiving = timed(() => driver.receive(10, never));
        await sleep(50);
        await ownAll(driver);
        const { ms, value } = await receiving;
        return value.length > 0 ? ms : Infinity;
      });

      await expect(given).resolves.toBeUndefined();
      await driver.close();
    },
  );

  test(
    "what was handed to a process that had lost its shards is handed on as soon as it knows",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const [hung, next] = await twoQueues(server);
      const shards = [...Array(hung.shards).keys()];
      await hung.own(shards);
      await next.own(shards);
      await next.send(messages("message", 3));
      await collect(hung, 2);

      await hung.own([]);

      const deliveries = await collect(next, 3, { withinMs: 3_000 });
      expect(deliveries.map((one) => [textOf(one), one.attempt])).toEqual([
        ["message 0", 2],
        ["message 1", 2],
        ["message 2", 1],
      ]);
      await next.ack(deliveries);
      expect((await next.depth()).messages).toBe(0);
      await Promise.all([hung.close(), next.close()]);
    },
  );

  test.for([
    ["leaves them", (hung: QueueDriver) => hung.own([])],
    ["ends", (hung: QueueDriver) => hung.close()],
  ] as const)(
    "what was handed to a process that had lost its shards is handed on in order when it %s",
    { timeout },
    async ([, leave]) => {
      await using server = await NatsServer.start();
      const [hung, next] = await twoQueues(server);
      await ownAll(hung);
      await ownAll(next);
      await next.send(messages("message", 3));
      const [, early] = await collect(hung, 2);
      assert.ok(early !== undefined);
      await hung.retry(early, { delayMs: 0, attempt: early.attempt });

      await leave(hung);

      const deliveries = await collect(next, 3, { max: 1, withinMs: 3_000 });
      expect(deliveries.map((one) => [textOf(one), one.attempt])).toEqual([
        ["message 0", 2],
        ["message 1", 1],
        ["message 2", 1],
      ]);
      await Promise.all([hung.close(), next.close()]);
    },
  );

  test(
    "what came of an answer that has not ended when a worker ends is handed on at once, also by a server that has no room",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      await using slow = await Line.to(server.url, 150);
      const first = await openNatsQueue(slow.through(server.url), { leaseMs: 30_000 });
      const shard = shardOf(aMessage({ entity: "message:one" }), first.shards);
      await first.own([shard]);
      const next = await openNatsQueue(server.url, { leaseMs: 30_000 });
      const body = new Uint8Array(90_000);
      const ids = Array.from({ length: 8 }, (_, n) => `message ${n}`);
      for (const eventId of ids) await next.send([aMessage({ eventId, entity: "message:one", body })]);
      await withManager(server, async ({ streams }) => {
        const { state } = await streams.info("hookwell-attempts");
        await streams.update("hookwell-attempts", { max_bytes: state.bytes + 1, discard: DiscardPolicy.New });
      });
      const receiving = first.receive(100, never);
      await sleep(2_500);

      await first.close();
      await next.own([shard]);

      // The rest was still on the line.
      const deliveries = await collect(next, 3);
      expect(deliveries.map((one) => opened(one).eventId)).toEqual(ids.slice(0, 3));
      await Promise.all([receiving, next.close()]);
    },
  );

  test("a clean restart counts no attempt and keeps delays and places", { timeout }, async () => {
    await using server = await NatsServer.start();
    const first = await openNatsQueue(server.url, { leaseMs: 30_000 });
    const shards = [...Array(first.shards).keys()];
    await first.own(shards);
    await first.send(messages("message", 3));
    const [early, failed] = [await takeOne(first), await takeOne(first)];
    await first.retry(early, { delayMs: 0, attempt: 1 });
    await first.retry(failed, { delayMs: 1_000, attempt: 2 });
    await first.close();

    const next = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await next.own(shards);

    const all = await collect(next, 3);
    expect(all.map((one) => [textOf(one), one.attempt])).toEqual([
      ["message 0", 1],
      ["message 2", 1],
      ["message 1", 2],
    ]);
    await next.close();
  });

  test(
    "a message that comes again before its retry was heard can still be acknowledged",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const driver = await openNatsQueue(server.url, { leaseMs: 1_000 });
      await driver.own([...Array(driver.shards).keys()]);
      await driver.send([aMessage()]);
      let delivery = await takeOne(driver);

      for (let attempt = 2; attempt < 30; attempt += 1) {
        const again = takeOne(driver);
        await driver.retry(delivery, { delayMs: 0, attempt });
        delivery = await again;
        expect(delivery.attempt).toBe(attempt);
      }

      await driver.ack([delivery]);
      expect((await driver.depth()).messages).toBe(0);
      await driver.close();
    },
  );
});

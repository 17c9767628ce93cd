import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { lossyProxy } from "../../../../test/support/network/lossy-proxy.ts";
import { withManager } from "../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { shardOf } from "../../../event/shard.ts";
import { eventually } from "../../../testing/eventually.ts";
import { aMessage } from "../../../testing/builders.ts";
import { collect, never, opened, takeOne } from "../../../testing/queue-driver/harness.ts";
import type { Delivery, QueueDriver } from "../../driver.ts";
import { openNatsQueue } from "./queue.ts";

/** An owner of all shards, from whom the next one takes them without a word. */
async function owner(server: NatsServer): Promise<QueueDriver> {
  const driver = await openNatsQueue(server.url, { leaseMs: 30_000 });
  await driver.own([...Array(driver.shards).keys()]);
  return driver;
}

const send = (driver: QueueDriver, eventId: string): Promise<void> =>
  driver.send([aMessage({ eventId, entity: "message:one" })]);

const idsOf = (some: readonly Delivery[]): string[] => some.map((one) => opened(one).eventId);

/** Throws until a consumer has handed out something that is not acknowledged. */
const expectHandedOut = (server: NatsServer): Promise<void> =>
  withManager(server, async ({ consumers }) => {
    const handedOut: number[] = [];
    for await (const { num_ack_pending: count } of consumers.list("hookwell")) handedOut.push(count);
    expect(Math.max(...handedOut)).toBe(1);
  });

describe.skipIf(!(await answers("nats")))("what its owner had when it hung", () => {
  test("comes at once also when it had failed to get another shard before", { timeout: 60_000 }, async () => {
    await using server = await NatsServer.start();
    await using line = await Line.to(server.url);
    const hung = await openNatsQueue(line.through(server.url), { leaseMs: 30_000 });
    const message = aMessage();
    const mine = shardOf(message, hung.shards);
    const other = (mine + 1) % hung.shards;
    await hung.own([mine]);
    line.breakAt(`CONSUMER.INFO.hookwell.${other}-`);
    await assert.rejects(hung.own([mine, other]));
    await eventually(() => hung.send([message]));
    await takeOne(hung);

    const next = await owner(server);

    expect((await collect(next, 1, { withinMs: 5_000 }))[0]?.attempt).toBe(2);
    await Promise.all([hung, next].map((driver) => driver.close()));
  });

  test(
    "comes in the order of the last hand-outs, and what was not handed out again behind it",
    { timeout: 60_000 },
    async () => {
      await using server = await NatsServer.start();
      const first = await owner(server);
      for (const eventId of ["waiting", "third", "second", "first"]) await send(first, eventId);
      const [waiting, third, second] = await collect(first, 4);
      assert.ok(waiting !== undefined && third !== undefined && second !== undefined);
      for (const failed of [second, third]) {
        await first.retry(failed, { delayMs: 0, attempt: 2 });
        await takeOne(first);
      }
      await send(first, "fourth");
      await takeOne(first);
      await first.retry(waiting, { delayMs: 50, attempt: 2 });
      await sleep(100);

      // One by one, so that what comes late must be waited for.
      const next = await owner(server);
      const seen = await collect(next, 5, { max: 1 });
      const last = await owner(server);
      const seenAgain = await collect(last, 5, { max: 1 });

      const inOrder = ["first", "second", "third", "fourth", "waiting"];
      expect([idsOf(seen), idsOf(seenAgain)]).toEqual([inOrder, inOrder]);
      expect(seen.map(({ attempt }) => attempt)).toEqual([2, 3, 3, 2, 2]);
      expect(seenAgain.map(({ attempt }) => attempt)).toEqual([3, 4, 4, 3, 3]);
      await last.ack(seenAgain);
      expect((await last.depth()).messages).toBe(0);
      await Promise.all([first, next, last].map((driver) => driver.close()));
    },
  );

  test(
    "comes before what was not handed out again, also to one who takes over from an owner that had both",
    { timeout: 60_000 },
    async () => {
      await using server = await NatsServer.start();
      const first = await owner(server);
      for (const eventId of ["waiting", "waiting too", "again"]) await send(first, eventId);
      const [waiting, waitingToo, again] = await collect(first, 3);
      assert.ok(waiting !== undefined && waitingToo !== undefined && again !== undefined);
      await first.retry(again, { delayMs: 0, attempt: 2 });
      await takeOne(first);
      for (const failed of [waiting, waitingToo]) await first.retry(failed, { delayMs: 50, attempt: 2 });
      await sleep(100);

      const next = await owner(server);
      const seen = idsOf([await takeOne(next)]);
      const last = await owner(server);
      const seenAgain = idsOf(await collect(last, 3, { max: 1 }));

      expect([seen, seenAgain]).toEqual([["again"], ["again", "waiting", "waiting too"]]);
      await Promise.all([first, next, last].map((driver) => driver.close()));
    },
  );

  test("comes in order also when the line breaks before it is known how often it was tried", async () => {
    await using server = await NatsServer.start();
    await using line = await Line.to(server.url);
    const first = await owner(server);
    for (const eventId of ["first", "second"]) await send(first, eventId);
    await collect(first, 2);
    const next = await openNatsQueue(line.through(server.url), { leaseMs: 30_000 });
    await next.own([...Array(next.shards).keys()]);
    await send(first, "third");

    line.breakAt("STREAM.MSG.GET.hookwell-attempts");
    await expect(next.receive(1, never)).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });

    const seen: Delivery[] = [await eventually(() => takeOne(next), 20_000)];
    seen.push(await takeOne(next), await takeOne(next));
    expect(idsOf(seen)).toEqual(["first", "second", "third"]);
    expect(seen.map(({ attempt }) => attempt)).toEqual([2, 2, 1]);
    await Promise.all([first, next].map((driver) => driver.close()));
  });

  test("comes at once and in order if the line broke while it was handed out", async () => {
    await using server = await NatsServer.start();
    await using proxy = await lossyProxy(Number(server.port));
    const sender = await openNatsQueue(server.url, { leaseMs: 30_000 });
    const driver = await openNatsQueue(`nats://127.0.0.1:${proxy.port}`, { leaseMs: 30_000 });
    await driver.own([...Array(driver.shards).keys()]);
    await send(sender, "first");
    await send(sender, "second");

    proxy.loseAnswers();
    await expect(driver.receive(100, never)).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
    proxy.heal();

    await send(sender, "third");
    const seen: Delivery[] = [await eventually(() => takeOne(driver), 20_000)];
    seen.push(await takeOne(driver), await takeOne(driver));
    expect(idsOf(seen)).toEqual(["first", "second", "third"]);
    await driver.ack(seen);
    expect((await driver.depth()).messages).toBe(0);
    await Promise.all([sender, driver].map((each) => each.close()));
  });

  test.for([
    ["leaves its shards", (driver: QueueDriver) => eventually(() => driver.own([]), 20_000)],
    ["is closed", (driver: QueueDriver) => driver.close()],
  ] as const)(
    "comes to the next owner at once if the line broke while it was handed out to one that then %s",
    async ([, end]) => {
      await using server = await NatsServer.start();
      await using proxy = await lossyProxy(Number(server.port));
      const first = await openNatsQueue(`nats://127.0.0.1:${proxy.port}`, { leaseMs: 30_000 });
      await first.own([...Array(first.shards).keys()]);
      const sender = await openNatsQueue(server.url, { leaseMs: 30_000 });
      await send(sender, "first");
      proxy.loseAnswers();
      await expect(first.receive(100, never)).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
      proxy.heal();
      await eventually(() => first.depth(), 20_000);
      await send(sender, "second");

      await end(first);

      const next = await owner(server);
      expect(idsOf(await collect(next, 2, { max: 1, withinMs: 5_000 }))).toEqual(["first", "second"]);
      await Promise.all([first, sender, next].map((driver) => driver.close()));
    },
  );

  test("counts no attempt if it was on its way when its owner left", async () => {
    await using server = await NatsServer.start();
    await using line = await Line.to(server.url, 200);
    const first = await openNatsQueue(line.through(server.url), { leaseMs: 30_000 });
    const shards = [...Array(first.shards).keys()];
    await first.own(shards);
    const next = await openNatsQueue(server.url, { leaseMs: 30_000 });
    const large = aMessage({ entity: "message:one", body: new Uint8Array(90_000) });
    const shard = shardOf(large, first.shards);
    await next.send([large]);

    const receiving = first.receive(100, never);
    await eventually(() => expectHandedOut(server));
    await first.own(shards.filter((each) => each !== shard));
    await next.own([shard]);

    expect((await takeOne(next)).attempt).toBe(1);
    expect(await receiving).toEqual([]);
    await Promise.all([first, next].map((driver) => driver.close()));
  });

  test.for(["hookwell-attempts.of.", "-NAK"])(
    "comes in order also when the line broke at %s",
    async (text) => {
      await using server = await NatsServer.start();
      await using line = await Line.to(server.url);
      const first = await openNatsQueue(line.through(server.url), { leaseMs: 30_000 });
      await first.own([...Array(first.shards).keys()]);
      await send(first, "early");
      await first.retry(await takeOne(first), { delayMs: 0, attempt: 1 });

      line.breakAt(text);
      await first.own([]).catch(() => undefined);

      await eventually(() => first.own([]));
      const next = await owner(server);
      await send(next, "late");
      expect(idsOf(await collect(next, 2, { max: 1 }))).toEqual(["early", "late"]);
      await Promise.all([first, next].map((driver) => driver.close()));
    },
  );
});

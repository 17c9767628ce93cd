import assert from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { withManager } from "../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, messageOf, never, opened, ownAll } from "../../../testing/queue-driver/harness.ts";
import type { Delivery, QueueDriver } from "../../driver.ts";
import { openNatsQueue } from "./queue.ts";

/** So many, and so large, that their bodies do not all stay in the process. */
const numbers = Array.from({ length: 600 }, (_, number) => number);
const bodyOf = (number: number): Uint8Array => new Uint8Array(100_000).fill(number).fill(number >> 8, 1);

async function sendLane(server: NatsServer): Promise<void> {
  const driver = await openNatsQueue(server.url, { leaseMs: 30_000 });
  for (const number of numbers) await driver.send([messageOf(bodyOf(number))]);
  await driver.close();
}

/** A worker that has sent all of it back as too early. */
async function busy(url: string): Promise<QueueDriver> {
  const driver = await openNatsQueue(url, { leaseMs: 30_000 });
  await ownAll(driver);
  const all = await collect(driver, numbers.length, { max: 1_000, withinMs: 30_000 });
  await Promise.all(all.map((one) => driver.retry(one, { delayMs: 50, attempt: one.attempt })));
  return driver;
}

/** What comes next, also while the line is mended. */
async function take(driver: QueueDriver, count: number): Promise<readonly Delivery[]> {
  const all: Delivery[] = [];
  while (all.length < count) all.push(...(await eventually(() => driver.receive(1_000, never), 20_000)));
  return all;
}

/** The numbers of these. @throws {AssertionError} unless each is whole, and begun for the first time */
function numbersOf(deliveries: readonly Delivery[]): number[] {
  return deliveries.map((delivery) => {
    const { body } = opened(delivery);
    const [low = 0, high = 0] = body;
    const number = low + 256 * high;
    assert.ok(Buffer.compare(body, bodyOf(number)) === 0);
    assert.equal(delivery.attempt, 1);
    return number;
  });
}

describe.skipIf(!(await answers("nats")))("a long lane that was sent back as too early", () => {
  test("is handed out in order and whole", { timeout: 60_000 }, async () => {
    await using server = await NatsServer.start();
    await sendLane(server);
    const driver = await busy(server.url);

    const all = await take(driver, numbers.length);

    expect(numbersOf(all)).toEqual(numbers);
    await driver.ack(all);
    expect((await driver.depth()).messages).toBe(0);
    await driver.close();
  });

  test("is handed out without what has left the stream meanwhile", { timeout: 60_000 }, async () => {
    await using server = await NatsServer.start();
    await sendLane(server);
    const driver = await busy(server.url);
    await withManager(server, ({ streams }) => streams.deleteMessage("hookwell", 501));

    const all = await take(driver, numbers.length - 1);

    expect(numbersOf(all)).toEqual(numbers.filter((number) => number !== 500));
    await driver.close();
  });

  test(
    "keeps its order when the line breaks while it is fetched once more",
    { timeout: 60_000 },
    async () => {
      await using server = await NatsServer.start();
      await using line = await Line.to(server.url);
      await sendLane(server);
      const driver = await busy(line.through(server.url));

      line.breakAt("STREAM.MSG.GET.hookwell _INBOX");
      const all = await take(driver, numbers.length);

      expect(numbersOf(all)).toEqual(numbers);
      await driver.close();
    },
  );

  test("passes to the next owner in order, and counts no attempt", { timeout: 60_000 }, async () => {
    await using server = await NatsServer.start();
    await sendLane(server);
    const first = await busy(server.url);

    await first.own([]);

    const next = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await ownAll(next);
    expect(numbersOf(await take(next, numbers.length))).toEqual(numbers);
    await Promise.all([first, next].map((driver) => driver.close()));
  });
});

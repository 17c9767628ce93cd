import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { shardOf } from "../../../event/shard.ts";
import { aMessage } from "../../../testing/builders.ts";
import { collect, messageOf, never, opened, ownAll } from "../../../testing/queue-driver/harness.ts";
import type { Delivery } from "../../driver.ts";
import { openNatsQueue } from "./queue.ts";

const megabyte = 1_000_000;
const numbersOf = (deliveries: readonly Delivery[]): number[] =>
  deliveries.map((delivery) => opened(delivery).body[0] ?? -1);

/** Who sends to a server of its own, and who takes from it by a slow line. */
async function onASlowLine() {
  const server = await NatsServer.start();
  const line = await Line.to(server.url, 10_000);
  const sender = await openNatsQueue(server.url, { leaseMs: 30_000 });
  const driver = await openNatsQueue(line.through(server.url), { leaseMs: 30_000 });
  await ownAll(driver);
  return {
    sender,
    driver,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([sender, driver].map((each) => each.close()));
      for (const part of [line, server]) await part[Symbol.asyncDispose]();
    },
  };
}

test.skipIf(!(await answers("nats")))(
  "large events are handed out in parts that arrive in time",
  { timeout: 60_000 },
  async () => {
    await using both = await onASlowLine();
    const { sender, driver } = both;
    for (let number = 0; number < 80; number += 1) {
      await sender.send([messageOf(new Uint8Array(megabyte).fill(number))]);
    }

    const deliveries: Delivery[] = [];
    while (deliveries.length < 80) {
      const part = await driver.receive(1_000, never);
      expect(part.length).toBeLessThan(20);
      deliveries.push(...part);
    }

    expect(numbersOf(deliveries)).toEqual(Array.from({ length: 80 }, (_, number) => number));
    expect(deliveries.every(({ attempt }) => attempt === 1)).toBe(true);
  },
);

test.skipIf(!(await answers("nats")))(
  "very large events of many shards are handed out one after the other",
  { timeout: 60_000 },
  async () => {
    await using both = await onASlowLine();
    const { sender, driver } = both;
    const body = new Uint8Array(6 * megabyte);
    const made = Array.from({ length: 300 }, (_, number) => aMessage({ entity: `message:${number}`, body }));
    const one = Map.groupBy(made, (message) => shardOf(message, driver.shards)).values();
    for (const [message] of one) if (message !== undefined) await sender.send([message]);

    const deliveries = await collect(driver, driver.shards, { max: 1_000, withinMs: 30_000 });

    expect(deliveries.map(({ attempt }) => attempt)).toEqual(Array(driver.shards).fill(1));
  },
);

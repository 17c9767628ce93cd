import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { withClient } from "../../../../test/support/drivers/amqp-harness.ts";
import { ownAmqpServer, timeout } from "../../../../test/support/servers/amqp-own-server.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { QueueLoad } from "../../../../test/support/drivers/queue-load.ts";
import { eventually } from "../../../testing/eventually.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
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
import type { QueueDriver } from "../../driver.ts";

const isThere = await answers("amqp");

const own = ownAmqpServer(isThere);
const { onServer, open } = own;

describe.skipIf(!isThere)("under load", () => {
  const troubles: Readonly<Record<string, () => Promise<void>>> = {
    "is stopped and started": async () => {
      await own.server.stop();
      await sleep(1_000);
      await own.server.start();
    },
    "is killed and started": async () => {
      await own.server.kill();
      await own.server.start();
    },
    "hangs for some seconds": async () => {
      await own.server.pause();
      await sleep(3_000);
      await own.server.resume();
    },
    "hangs for so long that it is given up": async () => {
      await own.server.pause();
      await sleep(7_000);
      await own.server.resume();
    },
    "closes all connections": async () => {
      await own.server.control("close_all_connections", "for a test");
    },
    "loses the queues and the exchange": () =>
      withClient(own.server.url, async (client) => {
        for (const shard of [0, 3, 7]) await client.queueDelete(own.harness.names.shard(shard));
        await client.exchangeDelete({ exchange: own.harness.names.exchange });
      }),
  };

  test.for(Object.keys(troubles).filter((trouble) => !trouble.startsWith("loses")))(
    "nothing confirmed is lost when the server %s, and it goes on by itself",
    { timeout },
    (trouble) =>
      onServer(async () => {
        const { log, facts } = recordedLog();
        const [sender, consumer] = [await open("&heartbeat=1", log), await open("&heartbeat=1")];
        await ownAll(consumer);
        const load = new QueueLoad(sender, consumer, { senders: 2, batch: 20 });
        await load.works(500, 30_000);

        await troubles[trouble]?.();

        await load.works(500, 30_000);
        await load.empties();
        expect(await load.finish()).toEqual([]);
        await Promise.all([sender.close(), consumer.close()]);
        const lost = facts().filter((fact) => fact === "queue.engine_lost").length;
        const back = facts().filter((fact) => fact === "queue.engine_back").length;
        expect(lost).toBe(back);
        assert.ok(lost > 0 || trouble === "hangs for some seconds", "it was not lost");
      }),
  );

  test("declares again what was deleted", { timeout }, () =>
    onServer(async () => {
      const [sender, consumer] = [await open(), await open()];
      await ownAll(consumer);
      await troubles["loses the queues and the exchange"]?.();

      await eventually(() => sender.send(messages("message", 50)), 20_000);

      await eventually(() => consumer.depth(), 20_000);
      const received = await collect(consumer, 50, { withinMs: 20_000 });
      expect(textsOf(received)).toContain("message 49");
      await Promise.all([sender.close(), consumer.close()]);
    }),
  );
});

test.skipIf(!isThere)(
  "hands out again what a consumer held that was cut off, in order, and counts it",
  { timeout },
  () =>
    onServer(async () => {
      const [cut, next] = [await open(), await open()];
      await ownAll(cut);
      await cut.send(messages("message", 4));
      const held = await collect(cut, 3);
      await cut.ack(held.slice(0, 1));
      await ownAll(cut);
      await own.server.control("close_all_connections", "for a test");
      await eventually(() => ownAll(next), 20_000);

      const again = await collectFromEither(cut, next, 3);

      expect(textsOf(again)).toEqual(["message 1", "message 2", "message 3"]);
      expect(again.map(({ attempt }) => attempt)).toEqual([2, 2, 2]);
      await eventually(() => cut.ack(held), 20_000);
      await Promise.all([cut.close(), next.close()]);
    }),
);

/** Both own everything, so the server chooses who is handed what. */
async function collectFromEither(
  one: QueueDriver,
  other: QueueDriver,
  count: number,
): Promise<readonly Awaited<ReturnType<typeof takeOne>>[]> {
  const found: Awaited<ReturnType<typeof takeOne>>[] = [];
  const look = async (driver: QueueDriver): Promise<void> => {
    while (found.length < count) {
      const some = await driver.receive(10, AbortSignal.timeout(300)).catch(() => []);
      found.push(...some);
      if (some.length === 0) await sleep(20);
    }
  };
  await Promise.all([look(one), look(other)]);
  return found.sort((a, b) => (textsOf([a])[0] ?? "").localeCompare(textsOf([b])[0] ?? ""));
}

test.skipIf(!isThere)("takes nothing of what it gave up while the server was away", { timeout }, () =>
  onServer(async () => {
    const [before, after] = [await open(), await open()];
    await ownAll(before);
    await own.server.stop();
    try {
      await assert.rejects(before.own([]), { name: "QueueUnavailableError" });
    } finally {
      await own.server.start();
    }
    await eventually(() => before.depth(), 20_000);
    await eventually(() => ownAll(after), 20_000);

    await eventually(() => after.send(messages("message", 4)), 20_000);

    expect(textsOf(await collect(after, 4))).toEqual([0, 1, 2, 3].map((index) => `message ${index}`));
    await Promise.all([before.close(), after.close()]);
  }),
);

test.skipIf(!isThere)("keeps what is delayed, and its delay, when the server is killed", { timeout }, () =>
  onServer(async () => {
    const driver = await open();
    await ownAll(driver);
    await driver.send(messages("message", 20));
    const deliveries = await collect(driver, 20);
    const begun = performance.now();
    await Promise.all(
      deliveries.map((delivery, index) =>
        driver.retry(delivery, { delayMs: 7_000 + 50 * index, attempt: 4 }),
      ),
    );

    await own.server.kill();
    await own.server.start();

    await eventually(() => driver.depth(), 20_000);
    // The server may double what was on its way when it was killed, and forget an acknowledgement.
    const seen = new Set<string>();
    await eventually(async () => {
      const deliveries = await driver.receive(20, AbortSignal.timeout(500));
      for (const delivery of deliveries) if (delivery.attempt >= 4) seen.add(textOf(delivery));
      await driver.ack(deliveries);
      expect(seen.size).toBe(20);
    }, 30_000);
    expect(performance.now() - begun).toBeGreaterThan(7_000);
    await driver.close();
  }),
);

test.skipIf(!isThere)("a retry that is confirmed late is not stored a second time", { timeout }, () =>
  onServer(async () => {
    const driver = await open();
    await ownAll(driver);
    await driver.send([messageOf("again")]);
    const delivery = await takeOne(driver);
    const retry = (): Promise<void> => driver.retry(delivery, { delayMs: 0, attempt: 2 });
    await own.server.pause();
    try {
      await assert.rejects(retry(), { name: "QueueUnavailableError" });
    } finally {
      await own.server.resume();
    }

    await eventually(retry, 20_000);

    const again = await takeOne(driver);
    expect([textOf(again), again.attempt]).toEqual(["again", 2]);
    await driver.ack([again]);
    await assertEmpty(driver);
    await driver.send([messageOf("later")]);
    await driver.close();
  }),
);

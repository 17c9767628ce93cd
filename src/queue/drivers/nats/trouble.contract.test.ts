import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { freePort } from "../../../../test/support/network/free-port.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { withManager } from "../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { QueueLoad } from "../../../../test/support/drivers/queue-load.ts";
import { SilentHosts } from "../../../../test/support/network/silent-hosts.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually, promptly, timed } from "../../../testing/eventually.ts";
import { never, opened, ownAll, takeOne } from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { openNatsQueue } from "./queue.ts";

const isThere = await answers("nats");
const timeout = 60_000;
const unavailable = { name: "QueueUnavailableError", code: "QUEUE_UNAVAILABLE" };
describe.skipIf(!isThere).concurrent("under load", () => {
  const troubles: readonly (readonly [string, (server: NatsServer) => Promise<unknown>])[] = [
    [
      "stopped and started",
      async (server) => {
        await server.stop();
        await sleep(700);
        await server.start();
      },
    ],
    [
      "killed and started",
      async (server) => {
        await server.kill();
        await sleep(700);
        await server.start();
      },
    ],
    [
      "paused for some seconds",
      async (server) => {
        await server.pause();
        await sleep(5_000);
        server.resume();
      },
    ],
    [
      "robbed of its consumers",
      (server) =>
        withManager(server, async (manager) => {
          for await (const { name } of manager.consumers.list("hookwell")) {
            // The server may write into the folder of a consumer meanwhile, and say so, though the consumer is gone.
            await manager.consumers.delete("hookwell", name).catch((error: unknown) => {
              expect(String(error)).toContain("directory not empty");
            });
          }
        }),
    ],
  ];

  test.for(troubles)("nothing is lost when the server is %s", { timeout }, async ([, trouble]) => {
    await using server = await NatsServer.start();
    const options = { leaseMs: 2_000 };
    const [sender, consumer] = [
      await openNatsQueue(server.url, options),
      await openNatsQueue(server.url, options),
    ];
    const load = new QueueLoad(sender, consumer, { batch: 5 });
    await load.works(50);

    await trouble(server);

    await load.works();
    await load.empties();
    expect(await load.finish()).toEqual([]);
    expect(load.surprises).toEqual([]);
    await Promise.all([sender.close(), consumer.close()]);
  });

  test(
    "everything works again after the stream was deleted, and the log says once what it cost",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const { facts, lines, log } = recordedLog();
      const driver = await openNatsQueue(server.url, { leaseMs: 2_000, log });
      await ownAll(driver);
      await driver.send([aMessage()]);
      const held = await takeOne(driver);

      await withManager(server, (manager) => manager.streams.delete("hookwell"));

      const next = aMessage();
      await driver.send([next]);
      await driver.ack([held]);
      const delivery = await takeOne(driver);
      expect(opened(delivery).eventId).toBe(next.eventId);
      await driver.ack([delivery]);
      expect(await driver.depth()).toEqual({ messages: 0, oldestAgeMs: 0 });
      expect(facts()).toEqual(["queue.stream_lost"]);
      expect(lines[0]?.fields).toMatchObject({ engine: server.url, stream: "hookwell" });
      await driver.close();
    },
  );
});

describe.skipIf(!isThere)("while the server does not answer", () => {
  test.for(["away", "paused"])(
    "a send rejects in time when it is %s, and the log says so once",
    { timeout },
    async (how) => {
      await using server = await NatsServer.start();
      const { facts, log } = recordedLog();
      const driver = await openNatsQueue(server.url, { leaseMs: 2_000, log });
      await driver.send([aMessage()]);
      if (how === "paused") await server.pause();
      else await server.kill();

      const { ms } = await timed(() => expect(driver.send([aMessage()])).rejects.toMatchObject(unavailable));

      expect(ms).toBeLessThan(7_900);
      await eventually(() => assert.ok(facts().includes("queue.engine_lost")), 20_000);
      if (how === "paused") server.resume();
      else await server.start();
      await eventually(() => driver.send([aMessage()]), 20_000);
      await eventually(() => expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]));
      await driver.close();
    },
  );

  test(
    "shards that are given up are handed out no more, although nobody hears of it",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const driver = await openNatsQueue(server.url, { leaseMs: 2_000 });
      await ownAll(driver);
      await server.kill();

      await expect(driver.own([])).rejects.toMatchObject(unavailable);

      await server.start();
      await eventually(() => driver.send([aMessage()]), 20_000);
      expect(await driver.receive(1, never)).toEqual([]);
      await driver.close();
    },
  );

  test("a send over a line that says nothing rejects after two seconds", { timeout }, async () => {
    await using server = await NatsServer.start();
    await using line = await Line.to(server.url);
    const driver = await openNatsQueue(line.through(server.url), { leaseMs: 2_000 });
    await driver.send([aMessage()]);

    const refusal = promptly(3_500, async () => {
      line.stall();
      const { ms } = await timed(() => expect(driver.send([aMessage()])).rejects.toMatchObject(unavailable));
      await eventually(() => driver.send([aMessage()]), 20_000);
      return ms;
    });

    await expect(refusal).resolves.toBeUndefined();
    await driver.close();
  });

  test(
    "a queue works again by a new line when the old one stands still and is full",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      await using line = await Line.to(server.url);
      const driver = await openNatsQueue(line.through(server.url), { leaseMs: 2_000 });

      line.hold();
      const large = Array.from({ length: 4 }, () => aMessage({ body: new Uint8Array(7_000_000) }));
      await expect(driver.send(large)).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });

      await eventually(() => driver.send([aMessage()]), 25_000);
      await driver.close();
    },
  );

  test("a queue opens without it and works as soon as it is there", { timeout }, async () => {
    await using server = await NatsServer.start();
    await server.stop();

    const { ms, value: driver } = await timed(() => openNatsQueue(server.url, { leaseMs: 2_000 }));

    expect(ms).toBeLessThan(7_900);
    await expect(driver.send([aMessage()])).rejects.toMatchObject(unavailable);
    await server.start();
    await eventually(() => driver.send([aMessage()]), 15_000);
    await driver.close();
  });

  test(
    "a queue none of whose hosts says anything opens in time, and can be closed",
    { timeout },
    async () => {
      await using hosts = await SilentHosts.start(3);

      // One after the other they would be waited for three times as long.
      const inTime = promptly(4_500, async () => {
        const opening = await timed(() => openNatsQueue(`nats://${hosts.text}`, { leaseMs: 2_000 }));
        const closing = await timed(() => opening.value.close());
        return closing.ms < 2_000 ? opening.ms : Infinity;
      });

      await expect(inTime).resolves.toBeUndefined();
    },
  );

  test("a queue can be closed", { timeout }, async () => {
    const driver = await openNatsQueue(`nats://127.0.0.1:${await freePort()}`, { leaseMs: 2_000 });

    const { ms } = await timed(() => driver.close());

    expect(ms).toBeLessThan(7_900);
  });
});

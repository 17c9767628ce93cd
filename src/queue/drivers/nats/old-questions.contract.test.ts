import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, messages, never, ownAll, textsOf } from "../../../testing/queue-driver/harness.ts";
import type { QueueDriver } from "../../driver.ts";
import { openNatsQueue } from "./queue.ts";

const timeout = 60_000;

/** One who asks for everything by a line that stands still then: the server reads the questions when they arrive. */
async function asker(line: Line, server: NatsServer): Promise<QueueDriver> {
  const driver = await openNatsQueue(line.through(server.url), { leaseMs: 30_000 });
  await ownAll(driver);
  line.hold();
  await expect(driver.receive(100, never)).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
  return driver;
}

async function owner(server: NatsServer): Promise<QueueDriver> {
  const driver = await openNatsQueue(server.url, { leaseMs: 30_000 });
  await ownAll(driver);
  return driver;
}

describe.skipIf(!(await answers("nats"))).concurrent("what the server is asked and reads late", () => {
  test.for([
    {
      whose: "of one who has come by another line",
      next: async (asked: QueueDriver) => {
        await eventually(() => asked.receive(100, never), 30_000);
        return asked;
      },
    },
    {
      whose: "of one whose shards another has",
      next: (_: QueueDriver, server: NatsServer) => owner(server),
    },
    {
      whose: "of one who has come by another line, and left its shards to another",
      next: async (asked: QueueDriver, server: NatsServer) => {
        await eventually(() => asked.receive(100, never), 30_000);
        await asked.own([]);
        return owner(server);
      },
    },
  ])("takes nothing from the owner of the shards: $whose", { timeout }, async ({ next }) => {
    await using server = await NatsServer.start();
    await using line = await Line.to(server.url);
    const sender = await openNatsQueue(server.url, { leaseMs: 30_000 });
    const asked = await asker(line, server);
    const driver = await next(asked, server);
    const [first, second] = messages("message", 2);
    await sender.send(first === undefined ? [] : [first]);

    line.arrive();
    await sleep(500);

    await sender.send(second === undefined ? [] : [second]);
    const seen = await collect(driver, 2, { max: 1, withinMs: 5_000 });
    expect(textsOf(seen)).toEqual(["message 0", "message 1"]);
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 1]);
    await Promise.all([sender, asked, driver].map((each) => each.close()));
  });
});

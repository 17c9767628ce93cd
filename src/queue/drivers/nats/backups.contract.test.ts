import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, opened, ownAll } from "../../../testing/queue-driver/harness.ts";
import { openNatsQueue } from "./queue.ts";

const timeout = 60_000;

describe.skipIf(!(await answers("nats")))("a server that starts from an older copy of its folder", () => {
  test("keeps a new message in the place of one that is answered late", { timeout }, async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await ownAll(driver);
    const backup = await server.keep();
    await eventually(() => driver.send([aMessage({ entity: "message:one" })]), 15_000);
    const held = await collect(driver, 1, { withinMs: 15_000 });
    await server.restore(backup);
    const next = aMessage({ entity: "message:one" });
    await eventually(() => driver.send([next]), 15_000);

    await driver.ack(held);

    expect((await driver.depth()).messages).toBe(1);
    const [came] = await collect(driver, 1, { withinMs: 20_000 });
    expect(came && opened(came).eventId).toBe(next.eventId);
    await driver.close();
  });
});

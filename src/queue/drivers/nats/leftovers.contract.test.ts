import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { NatsServer } from "../../../../test/support/nats-server.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, opened } from "../../../testing/queue-driver/harness.ts";
import { openNatsQueue } from "./queue.ts";

const timeout = 60_000;

describe.skipIf(!(await answers("nats")))("what a server takes for acknowledged but still has", () => {
  test("is handed out once more, and can be acknowledged", { timeout }, async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await driver.own([...Array(driver.shards).keys()]);
    const sent = ["message:one", "message:one", "message:two"].map((entity) => aMessage({ entity }));
    await driver.send(sent);
    const deliveries = await collect(driver, 3);
    // A server that is stopped at the wrong moment notes an acknowledgement and keeps the message: so this one has it back.
    const stored = await server.keep("hookwell");
    await eventually(() => driver.ack(deliveries), 15_000);
    expect((await driver.depth()).messages).toBe(0);
    await server.restore("hookwell", stored);
    await eventually(async () => expect((await driver.depth()).messages).toBe(3), 15_000);

    const again = await collect(driver, 3, { withinMs: 20_000 });

    const idsOf = (some: typeof again): string[] => some.map((one) => opened(one).eventId);
    expect(idsOf(again).toSorted()).toEqual(sent.map(({ eventId }) => eventId).toSorted());
    await driver.ack(again);
    expect((await driver.depth()).messages).toBe(0);
    await driver.close();
  });
});

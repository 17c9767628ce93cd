import { describe, expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { twoQueues } from "../../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../../test/support/servers/nats-server.ts";
import { aMessage } from "../../../../testing/builders.ts";
import { eventually } from "../../../../testing/eventually.ts";
import { collect, opened } from "../../../../testing/queue-driver/harness.ts";
import { openNatsQueue } from "../queue.ts";

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
    await server.restore(stored, "hookwell");
    await eventually(async () => expect((await driver.depth()).messages).toBe(3), 15_000);

    const again = await collect(driver, 3, { withinMs: 20_000 });

    const idsOf = (some: typeof again): string[] => some.map((one) => opened(one).eventId);
    expect(idsOf(again).toSorted()).toEqual(sent.map(({ eventId }) => eventId).toSorted());
    await driver.ack(again);
    expect((await driver.depth()).messages).toBe(0);
    await driver.close();
  });

  test("is handed out to one who had it before, lost its shard, and has it back", { timeout }, async () => {
    await using server = await NatsServer.start();
    const [one, other] = await twoQueues(server);
    const shards = [...Array(one.shards).keys()];
    await one.own(shards);
    await one.send([aMessage({ eventId: "left over" })]);
    await collect(one, 1);
    await one.own([]);
    await other.own(shards);
    const deliveries = await collect(other, 1);
    const stored = await server.keep("hookwell");
    await eventually(() => other.ack(deliveries), 15_000);
    await server.restore(stored, "hookwell");
    await eventually(async () => expect((await one.depth()).messages).toBe(1), 15_000);
    await eventually(() => other.own([]), 15_000);

    await one.own(shards);

    const again = await collect(one, 1, { withinMs: 20_000 });
    expect(again.map((each) => opened(each).eventId)).toEqual(["left over"]);
    await one.ack(again);
    expect((await one.depth()).messages).toBe(0);
    await Promise.all([one.close(), other.close()]);
  });
});

import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { NatsServer } from "../../../../../test/support/servers/nats-server.ts";
import { collect, messages } from "../../../../testing/queue-driver/harness.ts";
import { openNatsQueue } from "../queue.ts";

const timeout = 60_000;
const [lists, each] = [40, 200];

test.skipIf(!(await answers("nats")))(
  "a server that flushes each acknowledgement is given no more of them than it can answer in time",
  { timeout },
  async () => {
    await using server = await NatsServer.start("jetstream {\nsync_interval: always\n}");
    const driver = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await driver.own([...Array(driver.shards).keys()]);
    for (let list = 0; list < lists; list += 1) await driver.send(messages(`list ${list}`, each));
    const deliveries = await collect(driver, lists * each, { max: 1_000, withinMs: 30_000 });
    // What looks unanswered is removed message by message, which is far more work for a server that is merely busy.
    const watch = await connect({ servers: server.url.replace("nats://", "") });
    let removals = 0;
    const watching = watch.subscribe("$JS.API.STREAM.MSG.DELETE.>", { callback: () => void (removals += 1) });
    await watch.flush();

    await Promise.all([0, 1, 2, 3].map((part) => driver.ack(deliveries.filter((_, at) => at % 4 === part))));

    await watch.flush();
    watching.unsubscribe();
    expect(removals).toBe(0);
    expect((await driver.depth()).messages).toBe(0);
    await watch.close();
    await driver.close();
  },
);

import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { withManager } from "../../../../test/support/nats-harness.ts";
import { NatsServer } from "../../../../test/support/nats-server.ts";
import { apart, textOfMessage } from "../../../../test/support/spill-world.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { eventually } from "../../../testing/eventually.ts";
import { never, opened } from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { takeSlot } from "../../spill/slot.ts";
import { SpillingQueue } from "../../spill/spilling-queue.ts";
import { openNatsQueue } from "./queue.ts";

test.skipIf(!(await answers("nats")))(
  "what a full stream does not take goes in as places become free, and no shard and no lane is set aside",
  { timeout: 60_000 },
  async () => {
    await using server = await NatsServer.start();
    await using folder = await tempFolder();
    const engine = await openNatsQueue(server.url, { leaseMs: 30_000 });
    const worker = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await withManager(server, (manager) => manager.streams.update("hookwell", { max_msgs: 20 }));
    const log = recordedLog();
    const queue = await SpillingQueue.open({ engine, slot: takeSlot(folder.path), log: log.log });
    const sent = apart("event", 300);

    await queue.send(sent);

    const got: string[] = [];
    while (got.length < sent.length) {
      const deliveries = await worker.receive(10, never);
      got.push(...deliveries.map((one) => textOfMessage(opened(one))));
      await worker.ack(deliveries);
    }
    expect(got.toSorted()).toEqual(sent.map(textOfMessage).toSorted());
    await eventually(() => expect(log.facts()).toEqual(["queue.spilling", "queue.spill_forwarded"]), 10_000);
    await Promise.all([queue.close(), worker.close()]);
  },
);

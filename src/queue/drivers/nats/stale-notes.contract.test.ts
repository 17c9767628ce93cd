import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { withManager } from "../../../../test/support/nats-harness.ts";
import { NatsServer } from "../../../../test/support/nats-server.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect } from "../../../testing/queue-driver/harness.ts";
import { openNatsQueue } from "./queue.ts";

describe.skipIf(!(await answers("nats")))("what was noted of a message", () => {
  test("is forgotten once the message is gone, also by a server that had it again", async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await driver.own([...Array(driver.shards).keys()]);
    const notes = async (): Promise<readonly string[]> => {
      const found: string[] = [];
      await withManager(server, async (manager) => {
        const { state } = await manager.streams.info("hookwell-attempts", {
          subjects_filter: "hookwell-attempts.of.>",
        });
        found.push(...Object.keys(state.subjects ?? {}));
      });
      return found;
    };
    await driver.send([aMessage({ eventId: "done" })]);
    const [done] = await collect(driver, 1);
    if (done === undefined) throw new Error("Nothing came.");
    await driver.retry(done, { delayMs: 0, attempt: 2 });
    const [noted = ""] = await notes();
    await driver.ack(await collect(driver, 1));
    await eventually(async () => expect(await notes()).toEqual([]));
    // A server that was killed may have it again.
    await withManager(server, (manager) => manager.jetstream().publish(noted, "{}"));

    await eventually(async () => expect(await notes()).toEqual([]), 20_000);
    await driver.close();
  });
});

import { describe, expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { withManager } from "../../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../../test/support/servers/nats-server.ts";
import { aMessage } from "../../../../testing/builders.ts";
import { eventually } from "../../../../testing/eventually.ts";
import { collect, messages, ownAll } from "../../../../testing/queue-driver/harness.ts";
import { openNatsQueue } from "../queue.ts";

/** The subjects of what is noted. */
async function notesOn(server: NatsServer): Promise<readonly string[]> {
  const found: string[] = [];
  await withManager(server, async (manager) => {
    const { state } = await manager.streams.info("hookwell-attempts", {
      subjects_filter: "hookwell-attempts.of.>",
    });
    found.push(...Object.keys(state.subjects ?? {}));
  });
  return found;
}

describe.skipIf(!(await answers("nats")))("what was noted of a message", () => {
  test("is forgotten when it is acknowledged, however long an older one waits", async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await ownAll(driver);
    await driver.send(messages("message", 2));
    const [, failed] = await collect(driver, 2);
    if (failed === undefined) throw new Error("Nothing came.");
    await driver.retry(failed, { delayMs: 0, attempt: 2 });
    expect(await notesOn(server)).toHaveLength(1);

    await driver.ack(await collect(driver, 1));

    await eventually(async () => expect(await notesOn(server)).toEqual([]), 8_000);
    await driver.close();
  });

  test("is forgotten once the message is gone, also by a server that had it again", async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await driver.own([...Array(driver.shards).keys()]);
    const notes = (): Promise<readonly string[]> => notesOn(server);
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

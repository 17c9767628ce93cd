import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { freePort } from "../../../../test/support/network/free-port.ts";
import { withManager } from "../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { QueueLoad } from "../../../../test/support/drivers/queue-load.ts";
import { eventually } from "../../../testing/eventually.ts";
import { messages, ownAll, takeOne, textsOf } from "../../../testing/queue-driver/harness.ts";
import { openNatsQueue } from "./queue.ts";

const isThere = await answers("nats");
const timeout = 60_000;

interface Behind extends AsyncDisposable {
  /** Has JetStream, in the domain `hub`. */
  readonly hub: NatsServer;
  /** Of the leaf node. */
  readonly url: string;
}

/** @param leafs more of the leaf node's configuration */
async function behindLeaf(leafs = ""): Promise<Behind> {
  await using started = new AsyncDisposableStack();
  const port = await freePort();
  const hub = started.use(
    await NatsServer.start(`jetstream {\ndomain: hub\n}\nleafnodes { listen: "127.0.0.1:${port}" }`),
  );
  const remotes = `leafnodes { remotes: [{ url: "nats-leaf://127.0.0.1:${port}" }] }`;
  const leaf = started.use(await NatsServer.start(`${leafs}\n${remotes}`));
  const kept = started.move();
  return { hub, url: `${leaf.url}?domain=hub`, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

describe.skipIf(!isThere).concurrent("a queue in the JetStream domain behind a leaf node", () => {
  test.for([
    ["without JetStream", ""],
    ["with JetStream of its own", "jetstream {\ndomain: leaf\n}"],
  ])("%s is as good as that of the server", { timeout }, async ([, leafs]) => {
    await using behind = await behindLeaf(leafs);
    const queue = await openNatsQueue(behind.url, { leaseMs: 30_000 });
    await ownAll(queue);

    await queue.send(messages("message", 1));
    const delivery = await takeOne(queue);
    await queue.retry(delivery, { delayMs: 0, attempt: 2 });
    const again = await takeOne(queue);
    await queue.ack([again]);

    expect([textsOf([again]), again.attempt]).toEqual([["message 0"], 2]);
    expect((await queue.depth()).messages).toBe(0);
    await withManager(behind.hub, async ({ streams }) => {
      expect((await streams.info("hookwell")).state.last_seq).toBeGreaterThan(0);
    });
    await queue.close();
  });

  test("loses nothing when the server behind it is killed and started", { timeout }, async () => {
    await using behind = await behindLeaf();
    const [sender, consumer] = [
      await openNatsQueue(behind.url, { leaseMs: 2_000 }),
      await openNatsQueue(behind.url, { leaseMs: 2_000 }),
    ];
    const load = new QueueLoad(sender, consumer, { batch: 5 });
    await load.works(50);

    await behind.hub.kill();
    await sleep(700);
    await behind.hub.start();

    await load.works();
    await load.empties();
    expect(await load.finish()).toEqual([]);
    expect(load.surprises).toEqual([]);
    await Promise.all([sender.close(), consumer.close()]);
  });

  test("opens while it cannot be reached, and works once it can", { timeout }, async () => {
    await using behind = await behindLeaf();
    await behind.hub.stop();

    const queue = await openNatsQueue(behind.url, { leaseMs: 30_000 });
    await expect(queue.send(messages("message", 1))).rejects.toThrow(
      /^NATS cannot take messages: no server answers for JetStream$/,
    );

    await behind.hub.start();
    await eventually(() => queue.send(messages("message", 1)), 20_000);
    await queue.close();
  });
});

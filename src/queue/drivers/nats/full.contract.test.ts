import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { withManager } from "../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { apart, textOfMessage } from "../../../../test/support/drivers/spill-world.ts";
import { aMessage } from "../../../testing/builders.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, messages, never, opened, ownAll, textOf } from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { takeSlot } from "../../spill/slot.ts";
import { SpillingQueue } from "../../spill/spilling-queue.ts";
import { openNatsQueue } from "./queue.ts";

const isThere = await answers("nats");

test.skipIf(!isThere)(
  "what a full stream does not take goes in as places become free, and no shard and no lane is set aside",
  { timeout: 60_000 },
  async () => {
    await using server = await NatsServer.start();
    await using folder = await tempFolder();
    const engine = await openNatsQueue(server.url, { leaseMs: 30_000 });
    const worker = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await ownAll(worker);
    await withManager(server, (manager) => manager.streams.update("hookwell", { max_msgs: 20 }));
    const log = recordedLog();
    const queue = await SpillingQueue.open({ engine, slot: await takeSlot(folder.path), log: log.log });
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

const inAccount =
  "accounts { A: { users: [{ user: me, password: right }], jetstream: { max_store: 200KB } } }";

test.skipIf(!isThere).for([
  ["server", "jetstream { max_file_store: 200KB }", "", "raise max_file_store in the jetstream block"],
  ["account", `jetstream {}\n${inAccount}`, "me:right@", "raise max_store of the account"],
] as const)(
  "workers of a NATS whose %s has no room for anything go on, and so make room",
  { timeout: 60_000 },
  async ([, settings, login, cure]) => {
    await using server = await NatsServer.start(`max_payload: 8MB\n${settings}`);
    const url = server.url.replace("//", `//${login}`);
    const first = await openNatsQueue(url, { leaseMs: 2_000 });
    const shards = [...Array(first.shards).keys()];
    await first.own(shards);
    const large = () => aMessage({ body: new Uint8Array(20_000) });
    for (let sent = 0; sent < 4; sent += 1) await first.send([large()]);
    const held = await collect(first, 2);
    const sending = first.send(Array.from({ length: 10 }, large));
    await expect(sending).rejects.toMatchObject({
      takesNothing: true,
      message: expect.stringContaining(cure),
    });

    // Until there is no room for a note either.
    await expect(first.send(messages("small", 200))).rejects.toMatchObject({ takesNothing: true });
    const [failed] = held;
    if (failed !== undefined) await first.retry(failed, { delayMs: 0, attempt: 2 });
    const others = await collect(first, (await first.depth()).messages - 1);
    expect(others.filter(({ attempt }) => attempt === 2)).toHaveLength(1);
    const next = await openNatsQueue(url, { leaseMs: 2_000 });
    expect(await next.reserve({ name: "one", isShared: false })).toBe(2_000);
    await next.own(shards);
    const { messages: waiting } = await next.depth();
    await next.ack(await collect(next, waiting));

    await next.send([large()]);
    expect((await next.depth()).messages).toBe(1);
    await Promise.all([first.close(), next.close()]);
  },
);

const tenEvents = (bytes: number) =>
  Array.from({ length: 10 }, () => aMessage({ body: new Uint8Array(bytes) }));

test.skipIf(!isThere)(
  "a stream and an account that are nearly full are told before an event is refused",
  { timeout: 60_000 },
  async () => {
    await using server = await NatsServer.start(
      `max_payload: 16MB\njetstream {}\n${inAccount}\nno_auth_user: me`,
    );
    const queue = await openNatsQueue(server.url, { leaseMs: 30_000 });
    const told = async (): Promise<readonly string[]> =>
      (await queue.report()).warnings.flatMap((each) => /^max_\w+ of [\w ]+/.exec(each) ?? []);
    await queue.send(tenEvents(10_000));
    const before = await told();

    await queue.send(tenEvents(8_500));

    expect([before, await told()]).toEqual([[], ["max_storage of the account is 200 KB"]]);
    await withManager(server, (manager) => manager.streams.update("hookwell", { max_msgs: 21 }));
    expect(await told()).toEqual(["max_msgs of hookwell is 21", "max_storage of the account is 200 KB"]);
    await queue.close();
  },
);

test.skipIf(!isThere)(
  "a server that has no room for anything is kept for the history that it was kept for last",
  { timeout: 60_000 },
  async () => {
    await using server = await NatsServer.start("max_payload: 8MB\njetstream { max_file_store: 200KB }");
    const open = () => openNatsQueue(server.url, { leaseMs: 2_000 });
    const [first, second] = [await open(), await open()];
    expect(await first.reserve({ name: "one", isShared: false })).toBe(2_000);
    const tooMuch = Array.from({ length: 20 }, () => aMessage({ body: new Uint8Array(20_000) }));
    await expect(first.send(tooMuch)).rejects.toMatchObject({ takesNothing: true });
    await sleep(2_500);

    expect(await second.reserve({ name: "two", isShared: false })).toBe(0);
    expect(await first.reserve({ name: "one", isShared: false })).toBe(2_000);
    await first.close();

    const third = await open();
    expect(await third.reserve({ name: "two", isShared: false })).toBe(2_000);
    await Promise.all([second, third].map((driver) => driver.close()));
  },
);

test.skipIf(!isThere)(
  "what of a shard is not answered yet holds back no more of it, however much it is",
  { timeout: 60_000 },
  async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await ownAll(driver);
    // A consumer of NATS has room for 1,000 unless it is told otherwise.
    await driver.send(messages("message", 1_100));

    const all = await collect(driver, 1_100, { max: 1_000 });

    expect(new Set(all.map(textOf)).size).toBe(1_100);
    await driver.close();
  },
);

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { makeCertificate } from "../../../../test/support/certificate.ts";
import { freePort } from "../../../../test/support/free-port.ts";
import { Line } from "../../../../test/support/line.ts";
import { twoQueues, withManager } from "../../../../test/support/nats-harness.ts";
import { NatsServer } from "../../../../test/support/nats-server.ts";
import { QueueLoad } from "../../../../test/support/queue-load.ts";
import { SilentHosts } from "../../../../test/support/silent-hosts.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import type { Log } from "../../../log.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually, promptly, timed } from "../../../testing/eventually.ts";
import {
  collect,
  messages,
  never,
  opened,
  ownAll,
  takeOne,
  textOf,
} from "../../../testing/queue-driver/harness.ts";
import type { QueueDriver } from "../../driver.ts";
import { openNatsQueue } from "./queue.ts";

afterEach(() => vi.useRealTimers());

const isThere = await answers("nats");
const timeout = 60_000;
const unavailable = { name: "QueueUnavailableError", code: "QUEUE_UNAVAILABLE" };

/** A log that remembers what it was told. */
function listening(): { readonly facts: string[]; readonly log: Log } {
  const facts: string[] = [];
  const tell = (fact: string): void => void facts.push(fact);
  return { facts, log: { debug: tell, info: tell, warn: tell, error: tell } };
}

describe.skipIf(!isThere).concurrent("under load", () => {
  const troubles: readonly (readonly [string, (server: NatsServer) => Promise<unknown>])[] = [
    [
      "stopped and started",
      async (server) => {
        await server.stop();
        await sleep(700);
        await server.start();
      },
    ],
    [
      "killed and started",
      async (server) => {
        await server.kill();
        await sleep(700);
        await server.start();
      },
    ],
    [
      "paused for some seconds",
      async (server) => {
        await server.pause();
        await sleep(5_000);
        server.resume();
      },
    ],
    [
      "robbed of its consumers",
      (server) =>
        withManager(server, async (manager) => {
          for await (const { name } of manager.consumers.list("hookwell")) {
            // The server may write into the folder of a consumer meanwhile, and say so, though the consumer is gone.
            await manager.consumers.delete("hookwell", name).catch((error: unknown) => {
              expect(String(error)).toContain("directory not empty");
            });
          }
        }),
    ],
  ];

  test.for(troubles)("nothing is lost when the server is %s", { timeout }, async ([, trouble]) => {
    await using server = await NatsServer.start();
    const options = { leaseMs: 2_000 };
    const [sender, consumer] = [
      await openNatsQueue(server.url, options),
      await openNatsQueue(server.url, options),
    ];
    const load = new QueueLoad(sender, consumer, { batch: 5 });
    await load.works(50);

    await trouble(server);

    await load.works();
    await load.empties();
    expect(await load.finish()).toEqual([]);
    expect(load.surprises).toEqual([]);
    await Promise.all([sender.close(), consumer.close()]);
  });

  test("everything works again after the stream was deleted", { timeout }, async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 2_000 });
    await ownAll(driver);
    await driver.send([aMessage()]);
    const held = await takeOne(driver);

    await withManager(server, (manager) => manager.streams.delete("hookwell"));

    const next = aMessage();
    await driver.send([next]);
    await driver.ack([held]);
    const delivery = await takeOne(driver);
    expect(opened(delivery).eventId).toBe(next.eventId);
    await driver.ack([delivery]);
    expect(await driver.depth()).toEqual({ messages: 0, oldestAgeMs: 0 });
    await driver.close();
  });
});

describe.skipIf(!isThere)("while the server does not answer", () => {
  test.for(["away", "paused"])(
    "a send rejects in time when it is %s, and the log says so once",
    { timeout },
    async (how) => {
      await using server = await NatsServer.start();
      const { facts, log } = listening();
      const driver = await openNatsQueue(server.url, { leaseMs: 2_000, log });
      await driver.send([aMessage()]);
      if (how === "paused") await server.pause();
      else await server.kill();

      const { ms } = await timed(() => expect(driver.send([aMessage()])).rejects.toMatchObject(unavailable));

      expect(ms).toBeLessThan(7_900);
      await eventually(() => assert.ok(facts.includes("queue.engine_lost")), 20_000);
      if (how === "paused") server.resume();
      else await server.start();
      await eventually(() => driver.send([aMessage()]), 20_000);
      await eventually(() => expect(facts).toEqual(["queue.engine_lost", "queue.engine_back"]));
      await driver.close();
    },
  );

  test("a send over a line that says nothing rejects after two seconds", { timeout }, async () => {
    await using server = await NatsServer.start();
    await using line = await Line.to(server.url);
    const driver = await openNatsQueue(line.through(server.url), { leaseMs: 2_000 });
    await driver.send([aMessage()]);
    line.stall();

    const { ms } = await timed(() => expect(driver.send([aMessage()])).rejects.toMatchObject(unavailable));

    expect(ms).toBeLessThan(3_500);
    await eventually(() => driver.send([aMessage()]), 20_000);
    await driver.close();
  });

  test(
    "a queue works again by a new line when the old one stands still and is full",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      await using line = await Line.to(server.url);
      const driver = await openNatsQueue(line.through(server.url), { leaseMs: 2_000 });

      line.hold();
      const large = Array.from({ length: 4 }, () => aMessage({ body: new Uint8Array(7_000_000) }));
      await expect(driver.send(large)).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });

      await eventually(() => driver.send([aMessage()]), 25_000);
      await driver.close();
    },
  );

  test("a queue opens without it and works as soon as it is there", { timeout }, async () => {
    await using server = await NatsServer.start();
    await server.stop();

    const { ms, value: driver } = await timed(() => openNatsQueue(server.url, { leaseMs: 2_000 }));

    expect(ms).toBeLessThan(7_900);
    await expect(driver.send([aMessage()])).rejects.toMatchObject(unavailable);
    await server.start();
    await eventually(() => driver.send([aMessage()]), 15_000);
    await driver.close();
  });

  test(
    "a queue none of whose hosts says anything opens in time, and can be closed",
    { timeout },
    async () => {
      await using hosts = await SilentHosts.start(3);
      const opening = await timed(() => openNatsQueue(`nats://${hosts.text}`, { leaseMs: 2_000 }));

      const { ms } = await timed(() => opening.value.close());

      // One after the other they would be waited for three times as long.
      expect(opening.ms).toBeLessThan(4_500);
      expect(ms).toBeLessThan(2_000);
    },
  );

  test("a queue can be closed", { timeout }, async () => {
    const driver = await openNatsQueue(`nats://127.0.0.1:${await freePort()}`, { leaseMs: 2_000 });

    const { ms } = await timed(() => driver.close());

    expect(ms).toBeLessThan(7_900);
  });
});

describe.skipIf(!isThere)("what the server refuses", () => {
  const open = async (url: string): Promise<string> => {
    try {
      await (await openNatsQueue(url, { leaseMs: 2_000 })).close();
    } catch (error) {
      expect(error).toMatchObject({ name: "ConfigError" });
      return (error as Error).message;
    }
    return "opened";
  };

  test("a wrong password is told at open, without the password", { timeout }, async () => {
    await using server = await NatsServer.start("jetstream {}\nauthorization { user: me, password: right }");

    const message = await open(`nats://me:wr0ng@127.0.0.1:${server.port}`);

    expect(message).toMatch(/^HOOKWELL_QUEUE \(--queue\) is refused by nats:\/\/me@127/);
    expect(message).not.toContain("wr0ng");
    expect(await open(`nats://me:right@127.0.0.1:${server.port}`)).toBe("opened");
  });

  test("a server without JetStream is told at open", { timeout }, async () => {
    await using server = await NatsServer.start("");

    expect(await open(server.url)).toMatch(/^HOOKWELL_QUEUE \(--queue\) needs JetStream, .* with -js/);
  });

  test.for([
    ["max_streams: 1", "maximum number of streams reached"],
    ["max_consumers: 15", "maximum consumers limit reached"],
    ["max_bytes_required: true", "account requires a stream config to have max bytes set"],
  ])("an account with %s is told at open", { timeout }, async ([limit, words]) => {
    const account = `jetstream: { ${limit} }, users: [{ user: me, password: right }]`;
    await using server = await NatsServer.start(`jetstream {}\naccounts { A: { ${account} } }`);

    const message = await open(`nats://me:right@127.0.0.1:${server.port}`);

    expect(message).toContain("HOOKWELL_QUEUE (--queue) names an account of nats://me@127");
    expect(message).toContain(`too low (${words}): allow it 2 streams without max_bytes and 16 consumers.`);
  });

  test("a missing permission is told at open", { timeout }, async () => {
    const permissions = `permissions: { publish: { deny: "$JS.API.STREAM.CREATE.>" } }`;
    await using server = await NatsServer.start(
      `jetstream {}\nauthorization { users: [{ user: me, password: right, ${permissions} }] }`,
    );

    const message = await open(`nats://me:right@127.0.0.1:${server.port}`);

    expect(message).toMatch(
      /^HOOKWELL_QUEUE \(--queue\) names a user of .* that may not use \$JS\.API\.STREAM\.CREATE/,
    );
  });

  test("the permissions that the documentation names are enough", { timeout }, async () => {
    const api =
      "STREAM.INFO STREAM.CREATE STREAM.UPDATE STREAM.PURGE STREAM.MSG.GET STREAM.MSG.DELETE CONSUMER.CREATE";
    const more = "CONSUMER.DELETE CONSUMER.INFO CONSUMER.LIST CONSUMER.MSG.NEXT";
    const calls = `${api} ${more}`
      .split(" ")
      .flatMap((call) =>
        [".hookwell.>", ".hookwell", ".hookwell-attempts"].map((end) => `$JS.API.${call}${end}`),
      );
    const publish = JSON.stringify(["hookwell.>", "hookwell-attempts.>", "$JS.ACK.hookwell.>", ...calls]);
    const permissions = `permissions: { publish: ${publish}, subscribe: ["_INBOX.>"] }`;
    await using server = await NatsServer.start(
      `jetstream {}\nauthorization { users: [{ user: me, password: right, ${permissions} }] }`,
    );
    const url = `nats://me:right@127.0.0.1:${server.port}`;
    const [hung, next] = [
      await openNatsQueue(url, { leaseMs: 30_000 }),
      await openNatsQueue(url, { leaseMs: 30_000 }),
    ];
    const shards = [...Array(hung.shards).keys()];
    await hung.reserve("one", false);
    await hung.own(shards);
    await hung.send(messages("message", 3));
    const deliveries = await collect(hung, 3);
    await hung.extend(deliveries);
    await next.own(shards);
    await hung.ack(deliveries.slice(0, 1));

    await next.ack(await collect(next, 2));

    expect(await next.depth()).toEqual({ messages: 0, oldestAgeMs: 0 });
    await Promise.all([hung.close(), next.close()]);
  });

  test("TLS that is not there is told at open", { timeout }, async () => {
    await using server = await NatsServer.start();

    expect(await open(server.url.replace("nats:", "tls:"))).toMatch(
      /^HOOKWELL_QUEUE \(--queue\) cannot speak TLS/,
    );
  });

  test(
    "TLS whose certificate is not trusted, or is of another host, is told at open",
    { timeout },
    async () => {
      await using folder = await tempFolder();
      const { cert, key } = await makeCertificate(folder.path, "nats", 2);
      await using server = await NatsServer.start(
        `jetstream {}\ntls { cert_file: "${cert}", key_file: "${key}" }`,
      );
      const url = server.url.replace("nats:", "tls:");

      expect(await open(url)).toMatch(/^HOOKWELL_QUEUE \(--queue\) cannot speak TLS/);
      expect(await open(server.url)).toMatch(/^HOOKWELL_QUEUE \(--queue\) cannot speak TLS/);
      // The certificate is of another host, so this is as far as it gets; it is not refused for its issuer any more.
      expect(await open(`${url}?cacertfile=${cert}`)).toContain("127.0.0.1 is not in the cert's list");
    },
  );

  test("wrong settings are told at open", { timeout }, async () => {
    expect(await open("nats://127.0.0.1?replicas=9")).toBe(
      "HOOKWELL_QUEUE (--queue) has a ?replicas= that is not 1 to 5.",
    );
    expect(await open("nats://127.0.0.1/orders")).toContain(
      "has a path; several Hookwells are kept apart by ?name=",
    );
    expect(await open("nats://127.0.0.1?credsfile=/none")).toMatch(
      /^HOOKWELL_QUEUE \(--queue\) has \?credsfile=/,
    );
  });

  test("a stream of another kind is not touched", { timeout }, async () => {
    await using server = await NatsServer.start();
    await withManager(server, (manager) => manager.streams.add({ name: "hookwell", subjects: ["theirs"] }));

    expect(await open(server.url)).toMatch(
      /^HOOKWELL_QUEUE \(--queue\) names hookwell, a stream that something else uses/,
    );
  });

  test("a full stream refuses what is sent, and takes it when there is room", { timeout }, async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 2_000 });
    await withManager(server, (manager) => manager.streams.update("hookwell", { max_bytes: 10_000 }));
    const large = () => aMessage({ body: new Uint8Array(6_000) });
    const full = { code: "EVENTS_REFUSED", takesNothing: true };
    await driver.send([large()]);

    await expect(driver.send([large()])).rejects.toMatchObject({ ...full, places: [0] });
    await expect(driver.send([aMessage(), large()])).rejects.toMatchObject({ ...full, places: [1] });

    await ownAll(driver);
    await driver.ack(await collect(driver, 2));
    await driver.send([large()]);
    await driver.close();
  });

  test("a message that is larger than max_payload is refused with the way out", { timeout }, async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 2_000 });

    const sending = driver.send([aMessage(), aMessage({ body: new Uint8Array(8 * 1024 * 1024) })]);

    await expect(sending).rejects.toMatchObject({
      name: "EventTooLargeError",
      places: [1],
      message: expect.stringContaining("raise max_payload"),
    });
    const { engine, durability, warnings } = await driver.report();
    expect(engine).toMatch(/^NATS \d+\.\d+\.\d+ \(JetStream\)$/);
    expect(durability).toContain("file of one NATS server");
    expect(warnings).toEqual([
      expect.stringContaining("max_payload is 8.0 MB:"),
      expect.stringContaining("sync_interval: always"),
    ]);
    await driver.close();
  });

  test(
    "a message that is larger than its stream takes is refused with that way out",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const driver = await openNatsQueue(server.url, { leaseMs: 2_000 });
      await withManager(server, (manager) => manager.streams.update("hookwell", { max_msg_size: 10_240 }));

      const sending = driver.send([aMessage(), aMessage({ body: new Uint8Array(20_000) })]);

      await expect(sending).rejects.toMatchObject({
        name: "EventTooLargeError",
        places: [1],
        message: expect.stringContaining("raise max_msg_size"),
      });
      expect((await driver.report()).warnings).toContainEqual(
        expect.stringContaining("max_msg_size of hookwell is 10 KB:"),
      );
      await driver.close();
    },
  );

  test("a foreign message is handed out as an error without its content", { timeout }, async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 2_000 });
    await withManager(server, (manager) => manager.jetstream().publish("hookwell.0.theirs", "a secret"));

    await ownAll(driver);
    const delivery = await takeOne(driver);

    expect(delivery.message).toEqual(
      new RangeError("A message of format (none); this Hookwell knows format 1."),
    );
    await driver.ack([delivery]);
    await driver.close();
  });
});

describe.skipIf(!isThere)("what the server knows of a message", () => {
  test("a message that is sent twice is stored once", { timeout }, async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 2_000 });
    const message = aMessage();

    await driver.send([message]);
    await driver.send([message]);

    expect((await driver.depth()).messages).toBe(1);
    await driver.close();
  });

  test(
    "a message whose process died keeps its delay and its count when another takes over",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const [hung, next] = await twoQueues(server);
      const shards = [...Array(hung.shards).keys()];
      await hung.own(shards);
      await hung.send([aMessage({ eventId: "failed often", entity: "message:one" })]);
      for (const attempt of [2, 3]) await hung.retry(await takeOne(hung), { delayMs: 0, attempt });
      await hung.send([aMessage({ eventId: "delayed", entity: "message:one" })]);
      const [failed, delayed] = [await takeOne(hung), await takeOne(hung)];
      expect([failed.attempt, delayed.attempt]).toEqual([3, 1]);
      await hung.retry(delayed, { delayMs: 1_500, attempt: 2 });

      await next.own(shards);

      const { ms, value } = await timed(async () => [await takeOne(next), await takeOne(next)]);
      expect(value.map((one) => [opened(one).eventId, one.attempt])).toEqual([
        ["failed often", 4],
        ["delayed", 2],
      ]);
      expect(ms).toBeGreaterThan(1_000);
      // The old holder has done the work after all, and only that.
      await hung.ack([failed]);
      expect((await next.depth()).messages).toBe(1);
      await next.ack(value);
      expect((await next.depth()).messages).toBe(0);
      await Promise.all([hung.close(), next.close()]);
    },
  );

  test(
    "a message that waits for its retry waits no longer when the clock of the next owner is behind",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const [hung, next] = await twoQueues(server);
      const shards = [...Array(hung.shards).keys()];
      await hung.own(shards);
      await hung.send([aMessage()]);
      await hung.retry(await takeOne(hung), { delayMs: 1_500, attempt: 2 });
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 3_600_000 });

      await next.own(shards);

      const { ms, value } = await timed(() => takeOne(next));
      expect([value.attempt, ms > 1_000]).toEqual([2, true]);
      await Promise.all([hung.close(), next.close()]);
    },
  );

  test("several processes may begin at the same time, and a lease may change", { timeout }, async () => {
    await using server = await NatsServer.start();
    const open = (leaseMs: number): Promise<QueueDriver> => openNatsQueue(server.url, { leaseMs });

    const drivers = await Promise.all([1, 2, 3, 4].map(() => open(30_000)));
    await Promise.all(drivers.map((driver) => driver.send([aMessage()])));
    const late = await open(300);
    await ownAll(late);

    expect((await late.depth()).messages).toBe(4);
    const seen = new Set<string>();
    await eventually(async () => {
      for (const delivery of await late.receive(10, AbortSignal.timeout(500)))
        seen.add(`${delivery.receipt} ${delivery.attempt}`);
      expect(seen.size).toBeGreaterThan(4);
    });
    await Promise.all([...drivers, late].map((driver) => driver.close()));
  });

  test("a shard that is given up goes on at once with its next owner", { timeout }, async () => {
    await using server = await NatsServer.start();
    const [one, other] = await twoQueues(server);
    const shards = [...Array(one.shards).keys()];
    await one.own(shards);
    const waiting = one.receive(10, never);
    await one.own([]);
    await other.own(shards);
    await other.send([aMessage()]);

    expect((await takeOne(other)).attempt).toBe(1);
    expect(await waiting).toEqual([]);
    await Promise.all([one.close(), other.close()]);
  });

  test(
    "what waits in a shard comes promptly to who is given it while it waits for others",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const driver = await openNatsQueue(server.url, { leaseMs: 30_000 });
      await driver.send([aMessage()]);

      const given = promptly(800, async () => {
        await driver.own([]);
        const receiving = timed(() => driver.receive(10, never));
        await sleep(50);
        await ownAll(driver);
        const { ms, value } = await receiving;
        return value.length > 0 ? ms : Infinity;
      });

      await expect(given).resolves.toBeUndefined();
      await driver.close();
    },
  );

  test(
    "what was handed to a process that had lost its shards is handed on as soon as it knows",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const [hung, next] = await twoQueues(server);
      const shards = [...Array(hung.shards).keys()];
      await hung.own(shards);
      await next.own(shards);
      await next.send(messages("message", 3));
      await collect(hung, 2);

      await hung.own([]);

      const deliveries = await collect(next, 3, { withinMs: 3_000 });
      expect(deliveries.map((one) => [textOf(one), one.attempt])).toEqual([
        ["message 0", 2],
        ["message 1", 2],
        ["message 2", 1],
      ]);
      await next.ack(deliveries);
      expect((await next.depth()).messages).toBe(0);
      await Promise.all([hung.close(), next.close()]);
    },
  );

  test("a clean restart counts no attempt and keeps delays and places", { timeout }, async () => {
    await using server = await NatsServer.start();
    const first = await openNatsQueue(server.url, { leaseMs: 30_000 });
    const shards = [...Array(first.shards).keys()];
    await first.own(shards);
    await first.send(messages("message", 3));
    const [early, failed] = [await takeOne(first), await takeOne(first)];
    await first.retry(early, { delayMs: 0, attempt: 1 });
    await first.retry(failed, { delayMs: 1_000, attempt: 2 });
    await first.close();

    const next = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await next.own(shards);

    const all = await collect(next, 3);
    expect(all.map((one) => [textOf(one), one.attempt])).toEqual([
      ["message 0", 1],
      ["message 2", 1],
      ["message 1", 2],
    ]);
    await next.close();
  });

  test(
    "a message that comes again before its retry was heard can still be acknowledged",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const driver = await openNatsQueue(server.url, { leaseMs: 1_000 });
      await driver.own([...Array(driver.shards).keys()]);
      await driver.send([aMessage()]);
      let delivery = await takeOne(driver);

      for (let attempt = 2; attempt < 30; attempt += 1) {
        const again = takeOne(driver);
        await driver.retry(delivery, { delayMs: 0, attempt });
        delivery = await again;
        expect(delivery.attempt).toBe(attempt);
      }

      await driver.ack([delivery]);
      expect((await driver.depth()).messages).toBe(0);
      await driver.close();
    },
  );
});

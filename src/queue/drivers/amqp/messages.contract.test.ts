import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Connection } from "rabbitmq-client";
import { describe, expect, test } from "vitest";
import { withClient, withNames } from "../../../../test/support/drivers/amqp-harness.ts";
import { engineUrls, answers } from "../../../../test/support/servers/engines.ts";
import { unlikeDocument } from "../../../../test/support/servers/asyncapi.ts";
import { hasPython, python } from "../../../../test/support/servers/python.ts";
import { shardOf } from "../../../event/shard.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import {
  assertEmpty,
  assertSilent,
  collect,
  messageOf,
  opened,
  ownAll,
  owned,
  takeOne,
  textOf,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { allShards } from "../../driver.ts";
import { publishedOf } from "./message.ts";
import { shardKey } from "./topology/names.ts";

const isThere = await answers("amqp");
const server = engineUrls.amqp;

test.skipIf(!isThere)("a message may be handed out and given back any number of times", () =>
  withNames(async ({ open }) => {
    const driver = await open();
    const message = messageOf("again");
    const shard = shardOf(message, driver.shards);
    await driver.send([message]);
    await driver.own([shard]);

    // RabbitMQ 4 drops what came back to it 20 times, unless told otherwise.
    for (let times = 0; times < 25; times += 1) {
      await takeOne(driver);
      await driver.own([]);
      await driver.own([shard]);
    }

    const delivery = await takeOne(driver);
    expect([textOf(delivery), delivery.attempt]).toEqual(["again", 26]);
    await driver.ack([delivery]);
    await assertEmpty(driver);
  }),
);

test.skipIf(!isThere)("a send is refused that finds no queue, which is then declared again", () =>
  withNames(async ({ open, names }) => {
    const driver = await open();
    await withClient(server, async (client) => {
      for (const shard of allShards) await client.queueDelete(names.shard(shard));
    });

    const refused = driver.send([messageOf("refused")]);

    await assert.rejects(refused, { name: "QueueUnavailableError" });
    await eventually(() => driver.send([messageOf("taken")]));
    await eventually(() => ownAll(driver));
    expect(textsOf([await takeOne(driver)])).toEqual(["taken"]);
  }),
);

test.skipIf(!isThere)("a message stays with its worker that finds no queue to wait for its retry in", () =>
  withNames(async ({ open, names }) => {
    const driver = await owned(open());
    await driver.send([messageOf("again")]);
    const delivery = await takeOne(driver);
    await withClient(server, (client) => client.queueDelete(names.delay(0)));
    const retry = (): Promise<void> => driver.retry(delivery, { delayMs: 100, attempt: 2 });

    await assert.rejects(retry(), { name: "QueueUnavailableError" });

    await eventually(retry);
    const again = await takeOne(driver);
    expect([textOf(again), again.attempt]).toEqual(["again", 2]);
  }),
);

test.skipIf(!isThere)("numbers of accounts come back as they were", () =>
  withNames(async ({ open }) => {
    const driver = await owned(open());
    const accounts = [0, -7, 0.1, 1e300, -1e300, 2 ** 60, -(2 ** 53), 1125899906842624.5, "7", "", null];
    await driver.send(accounts.map((accountId) => aMessage({ accountId, entity: "message:1" })));

    const received = await collect(driver, accounts.length);

    expect(received.map((delivery) => opened(delivery).accountId)).toEqual(accounts);
  }),
);

describe.skipIf(!isThere)("to others on the server", () => {
  test("messages are routed by the name of their event", () =>
    withNames(async (harness) => {
      const driver = await owned(harness.open());
      await withClient(server, async (client) => {
        const queue = `${harness.names.exchange}-others`;
        await client.queueDeclare({ queue, exclusive: true });
        await client.queueBind({ queue, exchange: harness.names.exchange, routingKey: "message.*" });

        await driver.send([aMessage(), aMessage({ name: "other.thing" })]);

        const got = await client.basicGet({ queue, noAck: true });
        expect([got?.type, got?.routingKey]).toEqual(["message.delivered", "message.delivered"]);
        expect(await client.basicGet({ queue, noAck: true })).toBeUndefined();
      });
      expect(await collect(driver, 2)).toHaveLength(2);
    }));

  test("messages have the headers that the AsyncAPI document names, and no others", () =>
    withNames(async (harness) => {
      const driver = await owned(harness.open());
      const nothing = { state: null, revision: null, occurredAt: null, accountId: null, apiSpaceId: null };
      const all = [
        aMessage(),
        aMessage(nothing),
        aMessage({ accountId: "39270", replay: true }),
        aMessage({ eventId: "e".repeat(300), name: "n".repeat(300), occurredAt: -1 }),
      ];
      await withClient(server, async (client) => {
        const queue = `${harness.names.exchange}-others`;
        await client.queueDeclare({ queue, exclusive: true });
        await client.queueBind({ queue, exchange: harness.names.exchange, routingKey: "#" });

        await driver.send(all);

        for (const _ of all) {
          const got = await client.basicGet({ queue, noAck: true });
          expect(unlikeDocument("amqpEvent", got?.headers)).toBeUndefined();
        }
      });
    }));

  test("what they bind gets events through a restart of the server", () =>
    withNames(async (harness) => {
      const driver = await harness.open();
      await withClient(server, async (client) => {
        const { exchange } = harness.names;
        // Refused unless it is durable, too.
        await client.exchangeDeclare({ exchange, type: "topic", durable: true });
        const queue = `${exchange}-others`;
        await client.queueDeclare({ queue, exclusive: true });
        await client.queueBind({ queue, exchange, routingKey: "#" });

        await driver.send([aMessage()]);

        expect(await client.basicGet({ queue, noAck: true })).toMatchObject({ durable: true });
      });
    }));

  test("a full queue that they bind, and that refuses, refuses for all: the error names the exchange", () =>
    withNames(async (harness) => {
      const driver = await harness.open();
      await withClient(server, async (client) => {
        const { exchange } = harness.names;
        const queue = `${exchange}-others`;
        const full = { "x-max-length": 1, "x-overflow": "reject-publish" as const };
        await client.queueDeclare({ queue, exclusive: true, arguments: full });
        await client.queueBind({ queue, exchange, routingKey: "#" });
        await driver.send([aMessage()]);

        const refused = driver.send([aMessage()]);

        const names = new RegExp(`one that is bound to the exchange ${exchange}`);
        await assert.rejects(refused, { name: "EventsRefusedError", message: names });
      });
    }));

  test("no name of an event leads into a shard that is not its own, nor is too long", () =>
    withNames(async (harness) => {
      const driver = await owned(harness.open());
      const names = [
        ...allShards.map(shardKey),
        "#",
        "*.*",
        "x".repeat(300),
        "é".repeat(200),
        "#.3",
        "a..b.",
      ];
      const sent = names.map((name) => aMessage({ name }));

      await driver.send(sent);

      const received = (await collect(driver, names.length)).map((delivery) => opened(delivery).name);
      expect(received.toSorted()).toEqual(names.toSorted());
      await assertSilent(driver, 200);
    }));

  test("what is no message of this version is handed out as why, without what it holds", () =>
    withNames(async (harness) => {
      const driver = await owned(harness.open());
      const exchange = { exchange: harness.names.back, routingKey: "3", durable: true };
      await withClient(server, async (client) => {
        const publisher = client.createPublisher({ confirm: true });
        await publisher.send(exchange, "a secret");
        await publisher.send({ ...exchange, headers: { "hookwell-format": 9 } }, { secret: 1 });
        await publisher.send({ ...exchange, headers: { "hookwell-format": 1 } }, Buffer.from("secret"));
        await publisher.close();
      });

      const deliveries = await collect(driver, 3);

      for (const { message } of deliveries) {
        assert.ok(message instanceof RangeError);
        expect(message.message).not.toContain("secret");
      }
      const [foreign] = deliveries;
      assert.ok(foreign !== undefined);
      await driver.retry(foreign, { delayMs: 0, attempt: 5 });
      const again = await takeOne(driver);
      expect(again.attempt).toBe(5);
      await driver.ack([...deliveries, again]);
      await assertEmpty(driver);
    }));

  test("values that the client cannot write do not keep a message from its retry, nor end what is sent", () =>
    withNames(async (harness) => {
      const driver = await owned(harness.open());
      const { envelope, body } = publishedOf(messageOf("failing"), harness.names.entry, Date.now());
      const headers = { ...envelope.headers, large: "x".repeat(130_000) };
      const client = new Connection({ url: server, frameMax: 131_072 });
      const publisher = client.createPublisher({ confirm: true });
      // The client reads it as a larger number.
      const timestamp = (2n ** 64n - 1n) as unknown as number;
      await publisher.send({ ...envelope, headers, timestamp }, body);
      await publisher.close();
      await client.close();
      const failing = await takeOne(driver);

      const retried = driver.retry(failing, { delayMs: 0, attempt: 2 });
      await Promise.all([retried, driver.send([messageOf("other")])]);

      const received = await collect(driver, 2);
      expect(textsOf(received).toSorted()).toEqual(["failing", "other"]);
    }));

  test("a message with very large headers, to which the server adds its own, is in nobody's way", () =>
    withNames(async (harness) => {
      const worker = await owned(harness.open());
      const client = new Connection({ url: server, frameMax: 131_072 });
      const publisher = client.createPublisher({ confirm: true });
      const way = { ...harness.names.way(3, 0), durable: true };
      await publisher.send({ ...way, headers: { large: "x".repeat(131_020) } }, Buffer.from("foreign"));
      await publisher.close();
      await client.close();
      expect((await takeOne(worker)).message).toBeInstanceOf(RangeError);
      await worker.close();

      const next = await owned(harness.open());
      await next.send([messageOf("event")]);

      const received = await collect(next, 2);
      expect(
        received.flatMap(({ message }) => (message instanceof RangeError ? [] : message.copy)),
      ).toHaveLength(1);
    }));

  test.skipIf(!hasPython("pika"))(
    "a program in Python sees the exact bytes and what is known of the event",
    () =>
      withNames(async (harness) => {
        const driver = await harness.open();
        const script = fileURLToPath(new URL("../../../../examples/consumers/amqp.py", import.meta.url));
        const env = { PATH: process.env["PATH"], AMQP_URL: server, EXCHANGE: harness.names.exchange };
        const program = spawn(python, [script], { env, stdio: ["ignore", "pipe", "inherit"] });
        try {
          const lines = createInterface({ input: program.stdout });
          const line = once(lines, "line");
          const fields = { entity: "message:42", eventId: "event-7", revision: 3 };
          const message = aMessage({ ...fields, body: Uint8Array.of(0, 255, 10, 13, 123) });
          await withClient(server, (client) =>
            eventually(async () => {
              const { consumerCount } = await client.queueDeclare({ queue: "my-events", passive: true });
              expect(consumerCount).toBe(1);
            }, 20_000),
          );

          await driver.send([message]);

          expect(String((await line)[0])).toBe("message.delivered event-7 message:42 3 00ff0a0d7b");
        } finally {
          program.kill();
          await withClient(server, (client) => client.queueDelete("my-events"));
        }
      }),
  );
});

test.skipIf(!isThere)("a report names the server and its version", () =>
  withNames(async ({ open }) => {
    const { engine, durability, warnings } = await (await open()).report();

    expect(engine).toMatch(/^RabbitMQ \d+[.]\d+/);
    expect(durability).toMatch(/majority.* survives a crash and a power cut, .*the loss of one disk[.]$/);
    expect(warnings).toEqual([]);
  }),
);

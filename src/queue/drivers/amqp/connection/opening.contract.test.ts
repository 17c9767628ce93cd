import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withClient } from "../../../../../test/support/drivers/amqp-harness.ts";
import { amqpServer, type AmqpServer } from "../../../../../test/support/servers/amqp-server.ts";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { freePort } from "../../../../../test/support/network/free-port.ts";
import { Line } from "../../../../../test/support/network/line.ts";
import { eventually, promptly, timed } from "../../../../testing/eventually.ts";
import { recordedLog } from "../../../../testing/recorded-log.ts";
import { messageOf, ownAll, owned, takeOne, textsOf } from "../../../../testing/queue-driver/harness.ts";
import type { QueueDriver } from "../../../driver.ts";
import { openAmqpQueue } from "../queue.ts";

const isThere = await answers("amqp");
const unavailable = { name: "QueueUnavailableError" };
const timeout = 90_000;

let server: AmqpServer;
beforeAll(async () => {
  if (isThere) server = await amqpServer({ khepri: true });
}, timeout);
afterAll(async () => {
  if (isThere) await server[Symbol.asyncDispose]();
}, timeout);

describe.skipIf(!isThere)("at open", () => {
  const refusal = async (url: string): Promise<string> => {
    const opened = openAmqpQueue(url, { leaseMs: 30_000 });
    const error = await opened.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(Error.isError(error), "it was opened");
    expect(error.name).toBe("ConfigError");
    expect(error.message).toMatch(/^HOOKWELL_QUEUE \(--queue\) [^\n]+[.]$/);
    expect(error.message).not.toContain("wrong-secret");
    return error.message;
  };

  test("says what to do about a wrong login", { timeout }, async () => {
    const url = server.url.replace("guest:guest", "guest:wrong-secret");

    expect(await refusal(url)).toContain("check user and password");
  });

  test(
    "says what to do about a wrong login also if the node before does not answer",
    { timeout },
    async () => {
      const nobody = `127.0.0.1:${await freePort()}`;
      const url = server.url.replace("guest:guest@", `guest:wrong-secret@${nobody},`);

      expect(await refusal(url)).toContain("check user and password");
    },
  );

  test("says what to do about a virtual host that is not there", { timeout }, async () => {
    expect(await refusal(`${server.url}/nowhere`)).toContain("virtual host nowhere");
  });

  test("says which user is to be let in, also if the URL has none", { timeout }, async () => {
    const nobody = server.url.replace("guest:guest@", "");

    expect(await refusal(`${nobody}/nowhere`)).toContain("let the user guest in");
    await server.control("change_password", "guest", "other");
    expect(await refusal(nobody)).toContain("check user and password; without a user in the URL it is guest");
    await server.control("change_password", "guest", "guest");
    await server.control("set_permissions", "guest", "^other", "^other", "^other");
    expect(await refusal(nobody)).toContain("let guest configure");
    await server.control("set_permissions", "guest", ".*", ".*", ".*");
  });

  test("says what to do about a user without rights", { timeout }, async () => {
    await server.control("add_user", "weak", "wrong-secret");
    await server.control("set_permissions", "weak", "^other", "^other", "^other");

    const url = `${server.url.replace("guest:guest", "weak:wrong-secret")}?name=test-rights`;

    expect(await refusal(url)).toContain("configure, write and read ^test-rights");
    await server.control("set_permissions", "weak", "^test-rights([.].*)?$", ".*", ".*");
    await server.control("delete_user", "weak");
  });

  test("needs no more rights than it says", { timeout }, async () => {
    const rights = "^test-rights([.].*)?$";
    await server.control("add_user", "bounded", "wrong-secret");
    await server.control("set_permissions", "bounded", rights, rights, rights);
    const driver = await openAmqpQueue(
      `${server.url.replace("guest:guest", "bounded:wrong-secret")}?name=test-rights`,
      { leaseMs: 30_000 },
    );
    await ownAll(driver);

    await driver.send([messageOf("allowed")]);
    const delivery = await takeOne(driver);
    await driver.retry(delivery, { delayMs: 100, attempt: 2 });

    expect((await takeOne(driver)).attempt).toBe(2);
    await driver.close();
    await server.control("delete_user", "bounded");
  });

  test("says what to do about a server that speaks no TLS", { timeout }, async () => {
    expect(await refusal(server.url.replace("amqp:", "amqps:"))).toContain("TLS");
  });

  test("speaks TLS with a server whose certificate it knows, and with no other", { timeout }, async () => {
    const driver = await owned(openAmqpQueue(`${server.tlsUrl}&name=test-tls`, { leaseMs: 30_000 }));
    await driver.send([messageOf("sealed")]);
    expect(textsOf([await takeOne(driver)])).toEqual(["sealed"]);
    expect((await driver.report()).engine).toContain("RabbitMQ");
    await driver.close();

    expect(await refusal(server.tlsUrl.replace(/[?].*/, ""))).toContain("TLS");
  });

  test("takes the next node when one does not answer", { timeout }, async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    const url = `${server.url.replace("@", `@${nobody},`)}?name=test-nodes`;

    const driver = await openAmqpQueue(url, { leaseMs: 30_000 });

    await eventually(() => driver.send([messageOf("there")]), 10_000);
    await eventually(() => ownAll(driver), 10_000);
    expect(textsOf([await takeOne(driver)])).toEqual(["there"]);
    expect((await driver.report()).engine).toContain("RabbitMQ");
    await driver.close();
  });

  test(
    "waits for a server that answers, and takes long to declare all that is needed",
    { timeout },
    async () => {
      await using line = await Line.to(server.url, 0.5);
      const url = `${line.through(server.url)}?name=test-slow`;

      const { ms, value: driver } = await timed(() => openAmqpQueue(url, { leaseMs: 30_000 }));

      expect(ms).toBeGreaterThan(3_000);
      await driver.send([messageOf("there")]);
      await driver.close();
    },
  );

  test("is not asked one thing after the other", { timeout }, async () => {
    await using line = await Line.to(server.url, Infinity, 100);
    const open = (url: string): Promise<QueueDriver> =>
      openAmqpQueue(`${url}?name=test-far`, { leaseMs: 30_000 });
    // How long the server takes to make the queues says nothing of the line.
    await (await open(server.url)).close();

    // Some 150 answers of 0.1 s each.
    await promptly(10_000, async () => {
      const { ms, value: driver } = await timed(() => open(line.through(server.url)));
      expect(await eventually(() => driver.depth())).toMatchObject({ messages: 0 });
      await driver.close();
      return ms;
    });
  });

  test(
    "counts in the time for which a look at its health waits, also over a long line",
    { timeout },
    async () => {
      await using line = await Line.to(server.url, Infinity, 100);
      const driver = await owned(
        openAmqpQueue(`${line.through(server.url)}?name=test-far`, { leaseMs: 30_000 }),
      );
      await driver.send([messageOf("there")]);

      await promptly(1_500, async () => {
        const { ms, value: depth } = await timed(() => driver.depth());
        expect(depth).toMatchObject({ messages: 1 });
        return ms;
      });
      await driver.close();
    },
  );

  test.for([{ shard: 0 }, { shard: 15 }])(
    "says what to do about a queue with other settings, and leaves what is in it: shard $shard",
    { timeout },
    async ({ shard }) => {
      const queue = `test-other-${shard}.${shard}`;
      await withClient(server.url, async (client) => {
        await client.queueDeclare({ queue, durable: true, arguments: { "x-queue-type": "quorum" } });
        const publisher = client.createPublisher({ confirm: true });
        await publisher.send({ routingKey: queue, durable: true }, "left");
        await publisher.close();
      });

      const said = await refusal(`${server.url}?name=test-other-${shard}`);

      expect(said).toContain(
        `queues of the name test-other-${shard} have other settings: take another ?name=`,
      );
      const left = await withClient(server.url, (client) => client.basicGet(queue));
      expect(left?.body).toBe("left");
    },
  );

  test("makes no other queues if the first has other settings", { timeout }, async () => {
    await withClient(server.url, (client) => client.queueDeclare({ queue: "test-first.0", durable: true }));

    await refusal(`${server.url}?name=test-first`);

    const next = withClient(server.url, (client) =>
      client.queueDeclare({ queue: "test-first.1", passive: true }),
    );
    await expect(next).rejects.toThrow("no queue 'test-first.1'");
  });

  test("says what the server says about a limit of queues", { timeout }, async () => {
    await server.control("set_vhost_limits", "-p", "/", '{"max-queues":5}');
    try {
      const said = await refusal(`${server.url}?name=test-limit`);

      expect(said).toContain("queue limit in vhost '/' (5) is reached");
      expect(said).not.toContain("delete");
    } finally {
      await server.control("clear_vhost_limits", "-p", "/");
    }
  });

  test("waits while too many others are connected, and says so", { timeout }, async () => {
    await server.control("set_vhost_limits", "-p", "/", '{"max-connections":0}');
    const opening = openAmqpQueue(`${server.url}?name=test-many`, { leaseMs: 30_000 });
    try {
      const driver = await opening;
      const full = { ...unavailable, message: /connection limit \(0\) is reached/ };
      await assert.rejects(driver.send([messageOf("refused")]), full);
    } finally {
      await server.control("clear_vhost_limits", "-p", "/");
    }

    const driver = await opening;
    await eventually(() => driver.send([messageOf("taken")]), 20_000);
    await driver.close();
  });

  test("needs no more connections than two, also for a worker", { timeout }, async () => {
    await server.control("set_vhost_limits", "-p", "/", '{"max-connections":2}');
    try {
      const driver = await openAmqpQueue(`${server.url}?name=test-two`, { leaseMs: 30_000 });
      expect(await driver.reserve({ name: "a history", isShared: false })).toBe(30_000);
      await ownAll(driver);
      await driver.close();
    } finally {
      await server.control("clear_vhost_limits", "-p", "/");
    }
  });

  test("waits while too many channels of its user are open, and says so", { timeout }, async () => {
    await server.control("set_user_limits", "guest", '{"max-channels":1}');
    const opening = openAmqpQueue(`${server.url}?name=test-channels`, { leaseMs: 30_000 });
    try {
      const driver = await opening;
      const full = { ...unavailable, message: /number of channels .* limit of \(?1\b/ };
      await eventually(() => assert.rejects(driver.send([messageOf("refused")]), full), 20_000);
    } finally {
      await server.control("clear_user_limits", "guest", "max-channels");
    }

    const driver = await opening;
    await eventually(() => driver.send([messageOf("taken")]), 20_000);
    await driver.close();
  });

  test("opens without a server, and works once it is there", { timeout }, async () => {
    const port = await freePort();
    const { log, lines } = recordedLog();

    const { ms, value: driver } = await timed(() =>
      openAmqpQueue(`amqp://guest:wrong-secret@127.0.0.1:${port}`, { leaseMs: 30_000, log }),
    );

    expect(ms).toBeLessThan(7_900);
    await assert.rejects(driver.send([messageOf("refused")]), unavailable);
    await assert.rejects(driver.receive(1, AbortSignal.timeout(100)), unavailable);
    await assert.rejects(driver.report(), {
      ...unavailable,
      message: /cannot tell what it is: .*ECONNREFUSED/,
    });
    await driver.close();
    expect(lines.map(({ fact }) => fact)).toEqual(["queue.engine_lost"]);
    expect(JSON.stringify(lines)).not.toContain("wrong-secret");
  });
});

import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { CertificateAuthority } from "../../../../test/support/network/authority.ts";
import { makeCertificate } from "../../../../test/support/network/certificate.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { freePort } from "../../../../test/support/network/free-port.ts";
import { withManager } from "../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import type { StateKey } from "../../../event/entity.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, messages, ownAll, takeOne } from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { allShards, type QueueDriver } from "../../driver.ts";
import { openNatsQueue } from "./queue.ts";

const isThere = await answers("nats");
const allowing = (user: string): string => `jetstream {}\nauthorization { users: [{ user: me, ${user} }] }`;
const timeout = 60_000;

test.skipIf(!isThere).for([
  ["another password", "password: other", "is refused by nats://me@"],
  [
    "missing permissions",
    `password: right, permissions: { publish: { deny: "$JS.API.STREAM.INFO.>" } }`,
    "may not use $JS.API.STREAM.INFO",
  ],
] as const)(
  "%s after the start are told, once, without the password",
  { timeout: 60_000 },
  async ([, user, words]) => {
    await using server = await NatsServer.start(allowing("password: right"));
    const { log, lines, facts } = recordedLog();
    const queue = await openNatsQueue(`nats://me:right@127.0.0.1:${server.port}`, { leaseMs: 30_000, log });
    const restart = async (config: string): Promise<void> => {
      await server.stop();
      await server.configure(config);
      await server.start();
    };

    await restart(allowing(user));

    const told = () => lines.filter(({ fields }) => String(fields["error"]).includes(words));
    await eventually(() => expect(told()).toHaveLength(1), 20_000);
    // Some more tries.
    await sleep(3_000);
    expect(told()).toHaveLength(1);
    await restart(allowing("password: right"));
    await eventually(() => expect(facts().at(-1)).toBe("queue.engine_back"), 20_000);
    expect(JSON.stringify(lines)).not.toMatch("right");
    await queue.close();
  },
);

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

  test("a server that remembers ids for too short a time is told at open", { timeout }, async () => {
    await using server = await NatsServer.start("jetstream { limits { duplicate_window: 10s } }");

    const message = await open(server.url);

    expect(message).toContain("limits ids to 10s");
    expect(message).toContain("set duplicate_window to 2m or more");
  });

  test("an account that has no room at all is told soon after", { timeout }, async () => {
    const account = "jetstream: { max_store: 0 }, users: [{ user: me, password: right }]";
    await using server = await NatsServer.start(`jetstream {}\naccounts { A: { ${account} } }`);
    const lines = recordedLog();
    const url = `nats://me:right@127.0.0.1:${server.port}`;
    const queue = await openNatsQueue(url, { leaseMs: 2_000, log: lines.log });

    const told = () => lines.lines.map(({ fields }) => String(fields["error"]));
    await eventually(() => expect(told().join()).toContain("raise max_file_store"), 10_000);
    await queue.close();
  });

  test.for([
    {
      limit: "max_subscriptions: 1",
      words: "raise max_subscriptions",
      use: async (queue: QueueDriver) => {
        await queue.own(allShards);
        expect(await queue.receive(1, AbortSignal.timeout(1_000))).toEqual([]);
      },
    },
    {
      limit: "max_control_line: 150",
      words: "set max_control_line to 4KB",
      use: async (queue: QueueDriver) => {
        const sending = queue.send([aMessage({ name: "a".repeat(128) })]);
        await expect(sending).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
      },
    },
  ])("a server with $limit is told when it is too little", { timeout }, async ({ limit, words, use }) => {
    await using server = await NatsServer.start(`jetstream {}\n${limit}`);
    const { log, lines, facts } = recordedLog();
    const queue = await openNatsQueue(server.url, { leaseMs: 30_000, log });
    const told = () => lines.filter(({ fields }) => String(fields["error"]).includes(words));

    await use(queue);

    await eventually(() => expect(told()).toHaveLength(1));
    expect(facts()[0]).toBe("queue.engine_lost");
    await queue.close();
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
    await hung.reserve({ name: "one", isShared: false });
    await hung.own(shards);
    await hung.send(messages("message", 3));
    const deliveries = await collect(hung, 3);
    await hung.extend(deliveries);
    await next.own(shards);
    await hung.ack(deliveries.slice(0, 1));

    await next.ack(await collect(next, 2));

    expect(await next.depth()).toEqual({ messages: 0, oldestAgeMs: 0 });
    expect((await next.report()).engine).toMatch(/^NATS/);
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
      expect(await open(`${url}?cacertfile=${cert}`)).toContain(
        "the certificate there is not for 127.0.0.1;",
      );
    },
  );

  test(
    "a server with TLS that takes no more connections is one that is away, and says why",
    { timeout },
    async () => {
      await using folder = await tempFolder();
      const authority = await CertificateAuthority.in(folder.path);
      const { cert, key } = await authority.certify("nats");
      const tls = `tls { cert_file: "${cert}", key_file: "${key}" }`;
      await using server = await NatsServer.start(`max_connections: 1\njetstream {}\n${tls}`);
      const url = `tls://localhost:${server.port}?cacertfile=${authority.cert}`;
      const first = await openNatsQueue(url, { leaseMs: 2_000 });
      await eventually(() => first.depth());

      const second = await openNatsQueue(url, { leaseMs: 2_000 });

      const cause = { message: "maximum connections exceeded" };
      await expect(second.depth()).rejects.toMatchObject({ cause });
      await first.close();
      await eventually(() => second.depth(), 20_000);
      await second.close();
    },
  );

  test(
    "an account without room for one more connection may be why a login gets no answer, and is told",
    { timeout },
    async () => {
      const account = "jetstream: enabled, limits: { max_conn: 1 }, users: [{ user: me, password: right }]";
      await using server = await NatsServer.start(`jetstream {}\naccounts { A: { ${account} } }`);
      const url = `nats://me:right@127.0.0.1:${server.port}`;
      const first = await openNatsQueue(url, { leaseMs: 2_000 });
      await eventually(() => first.depth());
      const { log, lines } = recordedLog();

      const second = await openNatsQueue(url, { leaseMs: 2_000, log });

      const says = "no answer to the login, as it is if the account has max_conn connections already";
      await expect(second.depth()).rejects.toMatchObject({ cause: { message: says } });
      await eventually(() => expect(lines.map(({ fields }) => fields["error"])).toEqual([says]));
      await first.close();
      await eventually(() => second.depth(), 20_000);
      await second.close();
    },
  );

  test(
    "several hosts that want a client certificate say so at open, not one after the other",
    { timeout },
    async () => {
      await using folder = await tempFolder();
      const authority = await CertificateAuthority.in(folder.path);
      const { cert, key } = await authority.certify("nats");
      const files = `cert_file: "${cert}", key_file: "${key}", ca_file: "${authority.cert}"`;
      const config = `jetstream {}\ntls { ${files}, verify: true }`;
      await using first = await NatsServer.start(config);
      await using second = await NatsServer.start(config);
      const hosts = `localhost:${first.port},localhost:${second.port}`;
      const { log, lines } = recordedLog();

      const queue = await openNatsQueue(`tls://${hosts}?cacertfile=${authority.cert}`, {
        leaseMs: 2_000,
        log,
      });

      expect(lines.map(({ fields }) => fields["error"])).toEqual([
        expect.stringContaining("name a client certificate"),
      ]);
      await queue.close();
    },
  );

  test("a server of a cluster refuses a password as well as one that is alone", { timeout }, async () => {
    const routes = [await freePort(), await freePort()].map((port) => `127.0.0.1:${port}`);
    const member = (index: number): Promise<NatsServer> =>
      NatsServer.start(`server_name: "${index}"\n${allowing("password: right")}
        cluster { name: all, listen: "${routes[index]}", routes: ${JSON.stringify(routes.map((at) => `nats://${at}`))} }`);
    await using server = await member(0);
    await using _other = await member(1);
    await eventually(() =>
      server.counts("Route connection created").then((count) => expect(count).toBeGreaterThan(0)),
    );
    const logins = (): Promise<number> => server.counts("authentication error");

    expect(await open(`nats://me:wrong@127.0.0.1:${server.port}`)).toContain(
      "is refused by nats://me@127.0.0.1",
    );

    // What was refused is not tried over and over behind the back of whoever heard it.
    const before = await logins();
    await sleep(1_000);
    expect(before).toBeLessThanOrEqual(4);
    expect(await logins()).toBe(before);
  });

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

  test.for(["hookwell.>", "hookwell-attempts.>"])(
    "a stream of somebody else that has the subjects %s already is told at open",
    { timeout },
    async (subject) => {
      await using server = await NatsServer.start();
      await withManager(server, (manager) => manager.streams.add({ name: "other", subjects: [subject] }));

      const message = await open(server.url);

      expect(message).toContain("has subjects that another stream takes");
      expect(message).toContain(`leave ${subject} out of that stream, or write another ?name=`);
    },
  );

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

  test("a message whose fields are more than NATS takes is refused by itself", { timeout }, async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 2_000 });
    const state = "\u{65e5}".repeat(8_000) as StateKey;

    const sending = driver.send([aMessage(), aMessage({ state })]);

    await expect(sending).rejects.toMatchObject({
      name: "EventTooLargeError",
      takesNothing: false,
      places: [1],
      message: expect.stringContaining("64 KB"),
    });
    await driver.send([aMessage()]);
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

import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { freePort } from "../../../../test/support/network/free-port.ts";
import { RedisServer } from "../../../../test/support/servers/redis-server.ts";
import { ConfigError } from "../../../errors.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, ownAll } from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { openRedisQueue } from "./queue.ts";

const isThere = await answers("redis");

const options = { leaseMs: 30_000 };

/** The one sentence of the error that `openRedisQueue` throws. */
async function refusal(url: string): Promise<string> {
  const error: unknown = await openRedisQueue(url, options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  const { problems } = error as ConfigError;
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/^HOOKWELL_QUEUE \(--queue\) /);
  return problems[0] ?? "";
}

describe.skipIf(!isThere)("at open", () => {
  test.for([
    ["redis://127.0.0.1/orders", "database number"],
    ["redis://127.0.0.1?wait=some", "?wait="],
    ["redis://127.0.0.1?cluster=yes", "?cluster="],
    ["redis://127.0.0.1/2?cluster=true", "only /0"],
    ["redis://127.0.0.1?sentinel=", "?sentinel="],
    ["redis://127.0.0.1?sentinel=main&cluster=true", "?sentinel= and ?cluster="],
    ["rediss://127.0.0.1?cacertfile=/nowhere", "?cacertfile="],
  ] as const)("refuses %s", async ([url, reason]) => {
    expect(await refusal(url)).toContain(reason);
  });

  test("refuses a wrong password, a missing one, missing permissions and a missing database", async () => {
    await using server = await RedisServer.start("--requirepass", "right");
    const at = `127.0.0.1:${server.port}`;
    const admin = server.as("default", "right");
    await admin.command("ACL", "SETUSER", "reader", "on", ">secret", "~*", "&*", "+@read", "+@connection");

    for (const url of [`redis://:wrong@${at}`, `redis://nobody:wrong@${at}`, `redis://${at}`]) {
      const sentence = await refusal(url);
      expect(sentence).toContain("password");
      expect(sentence).not.toContain("wrong");
    }
    expect(await refusal(`redis://${at}`)).toContain("asks for one; write redis://user:password@host");
    expect(await refusal(`redis://reader:secret@${at}`)).toContain("permissions");
    expect(await refusal(`redis://:right@${at}/999`)).toContain("database");
    expect(await refusal(`redis://:right@${at}?sentinel=main`)).toContain("is no sentinel");
    const queue = await openRedisQueue(`redis://:right@${at}/1`, options);
    await queue.send([aMessage()]);
    await queue.close();
  });

  test("works with no more permissions than the documentation lists", async () => {
    await using server = await RedisServer.start();
    const login = "on >secret resetkeys ~{hookwell}:* resetchannels &{hookwell}:*";
    const wide = "-@all +@connection +@transaction +@stream +@scripting +info +config|get +acl|dryrun +time";
    const narrow =
      "+waitaof +wait +publish +subscribe +zadd +zrem +zrangebyscore +hset +hget +hexists +hdel +hincrby";
    await server.command("ACL", "SETUSER", "hookwell", ...`${login} ${wide} ${narrow}`.split(" "));

    const queue = await openRedisQueue(`redis://hookwell:secret@127.0.0.1:${server.port}`, options);

    await ownAll(queue);
    await queue.send([aMessage(), aMessage()]);
    const [one, other] = await collect(queue, 2);
    await queue.extend(one === undefined ? [] : [one]);
    await queue.ack(one === undefined ? [] : [one]);
    if (other !== undefined) await queue.retry(other, { delayMs: 0, attempt: 2 });
    expect((await collect(queue, 1)).map(({ attempt }) => attempt)).toEqual([2]);
    await queue.reserve({ name: "one", isShared: false });
    await queue.own([1, 2]);
    expect((await queue.depth()).messages).toBe(1);
    expect((await queue.report()).durability).toContain("power cut");
    await queue.close();
  });

  test("refuses a user to whom any of these permissions is missing", async () => {
    await using server = await RedisServer.start();
    const login = "on >secret resetkeys ~{hookwell}:* resetchannels &{hookwell}:* -@all";
    const groups = "+@connection +@transaction +@stream +@scripting";
    const needed = "+publish +subscribe +time +zadd +zrem +zrangebyscore +hset +hget +hexists +hdel +hincrby";
    const all = `${groups} ${needed}`.split(" ");

    const told: string[] = [];
    for (const right of all.filter((each) => each !== "+@connection" && each !== "+@transaction")) {
      const rest = all.filter((each) => each !== right);
      await server.command("ACL", "SETUSER", "hookwell", "reset", ...login.split(" "), ...rest);
      told.push(await refusal(`redis://hookwell:secret@127.0.0.1:${server.port}`));
    }

    expect(told.filter((sentence) => !sentence.includes("lacks permissions"))).toEqual([]);
  });

  test("refuses a user to whom a single command of these groups is missing, and names it", async () => {
    await using server = await RedisServer.start();
    const ofStreams = "xadd xlen xrange xdel xack xclaim xreadgroup xpending xinfo|groups xgroup|create";

    const told: string[] = [];
    for (const command of `${ofStreams} multi exec eval evalsha`.split(" ")) {
      await server.command(
        "ACL",
        "SETUSER",
        "one",
        "reset",
        "on",
        ">secret",
        "~*",
        "&*",
        "+@all",
        `-${command}`,
      );
      const sentence = await refusal(`redis://one:secret@127.0.0.1:${server.port}`);
      if (!sentence.includes(`no permissions to run the '${command}' command`)) told.push(sentence);
    }

    expect(told).toEqual([]);
    const made = (await server.command("KEYS", "*")) as readonly string[];
    expect(made.filter((key) => !/^\{hookwell\}:\d+$/.test(key))).toEqual([]);
    for (const stream of made) expect(await server.command("XLEN", stream)).toBe(0);
  });

  test("tells of missing permissions also when it meets them later, once", async () => {
    await using server = await RedisServer.start();
    const rights = (keys: string): Promise<unknown> =>
      server.command("ACL", "SETUSER", "hookwell", "reset", "on", ">secret", keys, "&*", "+@all");
    await rights("~*");
    const { log, lines, facts } = recordedLog();
    const url = `redis://hookwell:secret@127.0.0.1:${server.port}`;
    const queue = await openRedisQueue(url, { ...options, log });

    await rights("~other:*");
    await server.command("CLIENT", "KILL", "USER", "hookwell");

    const lacking = (): number =>
      lines.filter(({ fields }) => String(fields["error"]).includes("lacks permissions")).length;
    await eventually(() => expect(lacking()).toBe(1));
    // Some more tries.
    await sleep(1_000);
    expect(lacking()).toBe(1);
    await rights("~*");
    await eventually(() => expect(facts().at(-1)).toBe("queue.engine_back"));
    expect(facts().filter((fact) => fact === "queue.engine_back")).toHaveLength(1);
    await queue.close();
  });

  test("refuses an unknown certificate, and trusts a given certificate", async () => {
    await using plain = await RedisServer.start();
    const cert = join(plain.folder, "cert.pem");
    const key = join(plain.folder, "key.pem");
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const files = ["-keyout", key, "-out", cert];
    await promisify(execFile)("openssl", [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      ...files,
      ...subject,
    ]);
    const tlsPort = await freePort();
    await plain.command(
      "CONFIG",
      "SET",
      "tls-cert-file",
      cert,
      "tls-key-file",
      key,
      "tls-auth-clients",
      "no",
    );
    await plain.command("CONFIG", "SET", "tls-port", tlsPort);

    expect(await refusal(`rediss://localhost:${tlsPort}`)).toContain("certificate");
    const warnings: Error[] = [];
    const note = (warning: Error): unknown => warnings.push(warning);
    process.on("warning", note);
    for (const host of ["localhost", "127.0.0.1"]) {
      const queue = await openRedisQueue(`rediss://${host}:${tlsPort}?cacertfile=${cert}`, options);
      await queue.send([aMessage()]);
      await queue.close();
    }
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });
});

describe.skipIf(!isThere)("a Redis that refuses", () => {
  test("refuses messages while the memory is full, hands out those that it has, and goes on after that", async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const queue = await openRedisQueue(server.url, options);
    const large = Array.from({ length: 20 }, () => aMessage({ body: new Uint8Array(200_000) }));
    await queue.send(large);
    const hung = await openRedisQueue(server.url, { leaseMs: 300 });
    await ownAll(hung);
    await collect(hung, 5);
    await server.command("CONFIG", "SET", "maxmemory", "4mb");

    await expect(queue.send(large)).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE", takesNothing: true });
    const another = await openRedisQueue(server.url, options);
    expect(await another.reserve({ name: "one", isShared: false })).toBeGreaterThan(0);
    await ownAll(another);
    await collect(another, 20);
    await another.own([]);
    await ownAll(another);
    const deliveries = await collect(another, 20);
    await another.extend(deliveries);
    for (const one of deliveries.slice(0, 2)) await another.retry(one, { delayMs: 0, attempt: 2 });
    await another.ack([...deliveries.slice(2), ...(await collect(another, 2))]);

    await server.command("CONFIG", "SET", "maxmemory", "0");
    await queue.send([aMessage()]);
    expect((await queue.depth()).messages).toBe(1);
    await Promise.all([queue.close(), another.close(), hung.close()]);
  });

  test("waits for a server that reads its file at start", async () => {
    await using server = await RedisServer.start("--key-load-delay", "500", "--appendfsync", "always");
    const queue = await openRedisQueue(server.url, options);
    for (let count = 0; count < 6; count += 1)
      await queue.send(Array.from({ length: 1_000 }, () => aMessage()));

    await server.kill();
    await server.start();
    await expect(server.command("PING")).rejects.toThrow("LOADING");

    const another = await openRedisQueue(server.url, options);
    await eventually(() => queue.send([aMessage()]), 15_000);
    await eventually(() => ownAll(another));
    expect(await collect(another, 6_001)).toHaveLength(6_001);
    await Promise.all([queue.close(), another.close()]);
  });

  test("rejects while its server is a replica, and goes on when it is none", async () => {
    await using server = await RedisServer.start();
    await using master = await RedisServer.start();
    const queue = await openRedisQueue(server.url, options);

    await server.command("REPLICAOF", "127.0.0.1", master.port);
    await eventually(() => expect(queue.send([aMessage()])).rejects.toThrow(/replica|cannot be reached/));
    await server.command("REPLICAOF", "NO", "ONE");

    await eventually(() => queue.send([aMessage()]));
    await queue.close();
  });

  test("hands out what it cannot read, with a reason that holds no payload", async () => {
    await using server = await RedisServer.start();
    const queue = await openRedisQueue(server.url, options);
    for (const rest of ['{"format":2,"copy":"secret"}', "secret", '{"format":1}', "null"]) {
      const own = ["event", "secret", "eventId", "secret", "entity", "secret", "body", "secret"];
      await server.command("XADD", "{hookwell}:0", "*", ...own, "hookwell", rest);
    }
    const noBody = '{"format":1,"receivedAt":1,"copy":"secret"}';
    await server.command("XADD", "{hookwell}:0", "*", "event", "secret", "hookwell", noBody);
    await server.command("XADD", "{hookwell}:0", "*", "note", "secret");

    await ownAll(queue);
    const deliveries = await collect(queue, 6);

    const broken = deliveries.flatMap(({ message }) =>
      message instanceof RangeError ? [message.message] : [],
    );
    expect(broken).toHaveLength(6);
    expect(broken[0]).toContain("another format");
    expect(broken.join()).not.toContain("secret");
    await queue.ack(deliveries);
    expect((await queue.depth()).messages).toBe(0);
    await queue.close();
  });
});

describe.skipIf(!isThere)("the report", () => {
  test("warns of settings that lose events", async () => {
    await using server = await RedisServer.start("--appendonly", "no", "--maxmemory-policy", "allkeys-lru");
    const queue = await openRedisQueue(server.url, options);

    const lossy = await queue.report();
    await server.command("CONFIG", "SET", "appendonly", "yes", "maxmemory-policy", "noeviction");
    const slow = await queue.report();
    await server.command("CONFIG", "SET", "appendfsync", "always");
    const safe = await queue.report();

    expect(lossy.engine).toMatch(/^(Redis|Valkey) \d/);
    expect(lossy.durability).toContain("loses events");
    expect(lossy.warnings.join("\n")).toMatch(/appendonly yes[^]*noeviction/);
    expect(slow.warnings).toEqual([expect.stringContaining("appendfsync always")]);
    const durability = expect.stringMatching(
      /survives a crash and a power cut, not the loss of the disk[.]$/,
    );
    expect(safe).toMatchObject({ warnings: [], durability });
    await queue.close();
  });

  test("warns of no policy that deletes only keys with an end, since no key has one", async () => {
    await using server = await RedisServer.start(
      "--appendfsync",
      "always",
      "--maxmemory-policy",
      "volatile-lru",
    );
    const queue = await openRedisQueue(server.url, options);
    const large = Array.from({ length: 20 }, () => aMessage({ body: new Uint8Array(200_000) }));
    await queue.send(large);
    await ownAll(queue);
    await collect(queue, 5);
    await queue.reserve({ name: "one", isShared: false });
    await server.command("CONFIG", "SET", "maxmemory", "4mb");

    await expect(queue.send(large)).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE", takesNothing: true });

    expect((await queue.report()).warnings).toEqual([]);
    expect(await server.command("INFO", "stats")).toContain("evicted_keys:0");
    expect((await queue.depth()).messages).toBe(20);
    await queue.close();
  });

  test("warns of a ?wait= for more replicas than there are", async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    await using replica = await RedisServer.start();
    await replica.command("REPLICAOF", "127.0.0.1", server.port);
    const queue = await openRedisQueue(`${server.url}?wait=2`, options);

    const { warnings } = await eventually(async () => {
      const report = await queue.report();
      expect(report.warnings.join()).toMatch(/than \w+ has \(1\)/);
      return report;
    });

    expect(warnings).toEqual([expect.stringMatching(/^\?wait=2 asks for more replicas .*smaller \?wait=/)]);
    await queue.close();
  });

  test.for([
    { rights: ["off"], mayWrite: false },
    { rights: ["off", "~*", "&*", "+@all"], mayWrite: true },
  ])(
    "warns if a restart loses events; the user default may write: $mayWrite",
    async ({ rights, mayWrite }) => {
      const app = ["--user", "app", "on", ">secret", "~*", "&*", "+@all"];
      const users = [...app, "--user", "default", ...rights];
      await using server = await RedisServer.start("--appendfsync", "always", ...users);
      const queue = await openRedisQueue(`redis://app:secret@127.0.0.1:${server.port}`, options);
      await queue.send([aMessage(), aMessage()]);

      const { warnings } = await queue.report();
      await server.kill();
      await server.start();

      const { messages } = await eventually(() => queue.depth());
      expect(warnings.some((each) => each.includes("user default off ~* &* +@all"))).toBe(messages < 2);
      expect(mayWrite && messages < 2).toBe(false);
      await queue.close();
    },
  );

  test("says what it could not check", async () => {
    await using server = await RedisServer.start();
    await server.command("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-config", "-info");
    const queue = await openRedisQueue(`redis://app:secret@127.0.0.1:${server.port}`, options);

    const { warnings } = await queue.report();

    expect(warnings.join("\n")).toMatch(/INFO and CONFIG are forbidden[^]*could not be checked/);
    await queue.close();
  });
});

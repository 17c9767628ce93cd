import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { createClient } from "redis";
import { expect, test } from "vitest";
import { answers } from "../../../test/support/engines.ts";
import { freePort } from "../../../test/support/free-port.ts";
import { NatsServer } from "../../../test/support/nats-server.ts";
import { ownQueue } from "../../../test/support/own-queue.ts";
import { ownSchema } from "../../../test/support/postgres-harness.ts";
import { PostgresServer } from "../../../test/support/postgres-server.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { RedisServer, startSentinel } from "../../../test/support/redis-server.ts";
import { type Config, loadConfig } from "../../config/load-config.ts";
import { noteQueue } from "../../config/queue-note.ts";
import { openPostgresLedger } from "../../ledger/drivers/postgres/ledger.ts";
import { openNatsQueue } from "../../queue/drivers/nats/queue.ts";
import { openPostgresQueue } from "../../queue/drivers/postgres/queue.ts";
import { silentLog } from "../../log.ts";
import { eventually } from "../../testing/eventually.ts";
import { lookAtEngine } from "./engine-look.ts";

const configOf = (queue: string, ledger = "memory:"): Promise<Config> =>
  loadConfig({ env: { HOOKWELL_QUEUE: queue, HOOKWELL_LEDGER: ledger }, flags: {}, cwd: "/" });

test.skipIf(!(await answers("postgres")))("a ledger that can be used tells what it keeps", async () => {
  await using schema = ownSchema();
  await (await openPostgresLedger(schema.url)).close();

  const checks = await lookAtEngine("ledger", await configOf("memory:", schema.url));

  expect(checks).toEqual([
    { level: "ok", topic: "Ledger", says: expect.stringMatching(/^PostgreSQL \d+.*: Each commit/) },
  ]);
});

test.skipIf(!(await answers("postgres")))(
  "a ledger that nobody has made yet is told with what it will keep, and not made",
  async () => {
    await using schema = ownSchema();
    const config = await configOf("memory:", schema.url);

    const looks = [await lookAtEngine("ledger", config), await lookAtEngine("ledger", config)];

    const says = new RegExp(
      `^PostgreSQL \\d+.*, no ledger in its schema ${schema.name} yet; the first start creates it: Each commit`,
    );
    for (const checks of looks)
      expect(checks).toEqual([{ level: "ok", topic: "Ledger", says: expect.stringMatching(says) }]);
    expect(await schema.query("select 1 from pg_namespace where nspname = $1", [schema.name])).toEqual([]);
  },
);

test.skipIf(!(await answers("postgres")))(
  "after a start on the data folder, a ledger that is not there may be a mistake, and that is said",
  async () => {
    await using folder = await tempFolder();
    await using schema = ownSchema();
    const config = { ...(await configOf("memory:", schema.url)), data: folder.path };
    await noteQueue(config, silentLog);

    const checks = await lookAtEngine("ledger", config);

    expect(checks).toEqual([
      {
        level: "warn",
        topic: "Ledger",
        says: expect.stringMatching(
          /^PostgreSQL \d+.*, no ledger in its schema test_\w+ yet; the first start/,
        ),
        cure: "If it should be there, check database and ?schema= in HOOKWELL_LEDGER (--ledger).",
      },
    ]);
  },
);

test.skipIf(!(await answers("postgres")))(
  "a user who may not make what is not there yet is told so, before the first start",
  async () => {
    await using schema = ownSchema();
    const role = `${schema.name}_poor`;
    await schema.query(`create role ${role} login password 'secret'`);

    const checks = await lookAtEngine(
      "ledger",
      await configOf("memory:", schema.url.replace(/\/\/[^@]*@/, `//${role}:secret@`)),
    );

    await schema.query(`drop role ${role}`);
    expect(checks).toEqual([
      { level: "fail", topic: "Ledger", says: expect.stringContaining("grant it CREATE on the database") },
    ]);
  },
);

test.skipIf(!(await answers("postgres")))(
  "a ledger tells that workers of two queues share it, and what to do",
  async () => {
    await using schema = ownSchema();
    const queues = ["redis://one", "amqp://two"];
    const ledgers = await Promise.all(queues.map((queue) => openPostgresLedger(schema.url, { queue })));
    for (const ledger of ledgers) await ledger.share(16);

    const checks = await lookAtEngine("ledger", await configOf("memory:", schema.url));

    expect(checks.map(({ level }) => level)).toEqual(["ok", "warn"]);
    expect(checks[1]?.says).toContain("amqp://two and redis://one");
    expect(checks[1]?.cure).toMatch(/^Stop the workers/);
    for (const ledger of ledgers) await ledger.close();
  },
);

test.skipIf(!(await answers("postgres")))(
  "a user who lacks rights on tables that are there is told which page names them",
  async () => {
    await using schema = ownSchema();
    await (await openPostgresQueue(schema.url, { leaseMs: 30_000 })).close();
    const role = `${schema.name}_poor`;
    await schema.query(`create role ${role} login password 'secret'`);
    await schema.query(
      `grant usage on schema ${schema.name} to ${role}; grant select on ${schema.name}.schema_version to ${role}`,
    );

    const [check] = await lookAtEngine(
      "queue",
      await configOf(schema.url.replace(/\/\/[^@]*@/, `//${role}:secret@`)),
    );

    await schema.query(`drop owned by ${role}; drop role ${role}`);
    expect(check?.says).toMatch(/permission denied for/);
    expect(check?.cure).toContain("docs/engines/postgres.md");
  },
);

test.skipIf(!(await answers("postgres")))(
  "a server that does not answer since somebody has locked the tables is not taken for one that is away",
  async () => {
    await using schema = ownSchema();
    await (await openPostgresQueue(schema.url, { leaseMs: 30_000 })).close();
    const somebody = await schema.connect();
    await somebody.query(`begin; lock table ${schema.name}.schema_version, ${schema.name}.message_total`);

    const [check] = await lookAtEngine("queue", await configOf(schema.url));

    expect(check?.says).toMatch(/cannot be used now: it does not answer\.$/);
    expect(check?.cure).toMatch(
      /^Session \d+ has locked message_total and 1 more: .*pg_terminate_backend\(\d+\)/,
    );
  },
);

test.skipIf(!(await answers("postgres")))(
  "a limit of connections that is enough for the ledger by itself is told with the queue beside it",
  async () => {
    await using schema = ownSchema();
    const role = `${schema.name}_few`;
    await schema.query(
      `create role ${role} login password 'secret' connection limit 20; create schema ${schema.name} authorization ${role}`,
    );
    const url = schema.url.replace(/\/\/[^@]*@/, `//${role}:secret@`);
    await (await openPostgresLedger(url)).close();

    const alone = await lookAtEngine("ledger", await configOf("memory:", url));
    const both = await lookAtEngine("ledger", await configOf(url, url));

    await schema.query(`drop owned by ${role}; drop role ${role}`);
    expect(alone.map(({ level }) => level)).toEqual(["ok"]);
    expect(both[1]?.says).toMatch(/^This user may have 20 connections .* takes up to 24 of them/);
    expect(both[1]?.cure).toMatch(/^Raise the limit: /);
  },
);

test.skipIf(!(await answers("postgres")))("tables of a newer version are told by what to do", async () => {
  await using schema = ownSchema();
  await (await openPostgresLedger(schema.url)).close();
  await schema.query(`update ${schema.name}.schema_version set version = 70, least = 70`);

  const checks = await lookAtEngine("ledger", await configOf("memory:", schema.url));

  const says = expect.stringMatching(
    /^postgres:.*has version 70, .* Install the newer Hookwell .*[?]schema=[.]$/,
  );
  expect(checks).toEqual([{ level: "fail", topic: "Ledger", says }]);
});

test.skipIf(!(await answers("redis")))(
  "a queue tells what ought to be changed, or that it refuses us, without the password",
  async () => {
    await using server = await RedisServer.start("--appendonly", "no", "--requirepass", "right");
    const login = (password: string): string => server.url.replace("redis://", `redis://:${password}@`);

    const open = await lookAtEngine("queue", await configOf(login("right")));
    const shut = await lookAtEngine("queue", await configOf(login("hunter2")));

    expect(open.map(({ level }) => level)).toEqual(["ok", "warn"]);
    expect(open[1]?.cure).toMatch(/^Set appendonly yes by CONFIG SET/);
    expect(shut).toEqual([
      { level: "fail", topic: "Queue", says: expect.stringContaining("a user or password that Redis") },
    ]);
    expect(JSON.stringify(shut)).not.toContain("hunter2");
  },
);

test.skipIf(!(await answers("redis")))(
  "that a queue may be elsewhere does not hide what ought to be changed where it was looked for",
  async () => {
    await using folder = await tempFolder();
    await using server = await RedisServer.start("--appendonly", "no");
    const config = { ...(await configOf(server.url)), data: folder.path };
    await noteQueue(config, silentLog);

    const checks = await lookAtEngine("queue", config);

    expect(checks.map(({ level }) => level)).toEqual(["warn", "warn"]);
    expect(checks.map(({ cure }) => cure)).toEqual([
      expect.stringMatching(/^If it should be there, check /),
      expect.stringMatching(/^Set appendonly yes by CONFIG SET/),
    ]);
  },
);

test.skipIf(!(await answers("redis")))(
  "a server that answers, and is not the one to ask, is not taken for one that is away",
  async () => {
    await using replica = await RedisServer.start("--replicaof", "127.0.0.1", "1");
    await using sentinel = await startSentinel(replica);

    const [written] = await lookAtEngine("queue", await configOf(replica.url));
    const [watched] = await lookAtEngine("queue", await configOf(`${sentinel.url}?sentinel=other`));

    expect(written?.says).toContain("READONLY");
    expect(written?.cure).toMatch(/^Also name the server that takes writes/);
    expect(watched?.says).toContain("knows no master other.");
    expect(watched?.cure).toContain("?sentinel=NAME");
  },
);

test.skipIf(!(await answers("postgres")))(
  "a standby beside hosts that are away is not taken for one of them",
  async () => {
    await using standby = await PostgresServer.start();
    await standby.startAsStandby();
    const hosts = [await freePort(), standby.port].map((port) => `127.0.0.1:${port}`);

    const [look] = await lookAtEngine(
      "queue",
      await configOf(`postgres://postgres@${hosts.join(",")}/postgres`),
    );

    expect(look?.says).toContain(`${hosts[1]}: cannot set transaction read-write mode during recovery`);
    expect(look?.says).toContain(`${hosts[0]}: nothing listens there`);
    expect(look?.cure).toMatch(/^Also name the server that takes writes/);
  },
);

test.skipIf(!(await answers("postgres")))("dropped tables are told with what to do", async () => {
  await using schema = ownSchema();
  await (await openPostgresQueue(schema.url, { leaseMs: 30_000 })).close();
  await schema.query(`drop table ${schema.name}.message cascade`);

  const checks = await lookAtEngine("queue", await configOf(schema.url));

  expect(checks).toMatchObject([
    { level: "fail", cure: expect.stringMatching(/^Tables are gone: restore them .*drop the schema/) },
  ]);
  expect(checks[0]?.says).toContain(`relation "${schema.name}.message" does not exist`);
});

test.skipIf(!(await answers("postgres")))(
  "what a host refuses beside one that is away is told with what to do",
  async () => {
    await using server = await PostgresServer.start();
    const hosts = [await freePort(), server.port].map((port) => `127.0.0.1:${port}`);

    const looks = await lookAtEngine("queue", await configOf(`postgres://clerk@${hosts.join(",")}/postgres`));

    expect(looks).toMatchObject([
      { cure: "The server refuses this user: set user and password in the URL." },
    ]);
    expect(looks[0]?.says).toContain(
      `${hosts[0]}: nothing listens there; ${hosts[1]}: role "clerk" does not`,
    );
  },
);

test.skipIf(!(await answers("postgres")))(
  "each of several hosts that could not take over is told; a standby could",
  { timeout: 60_000 },
  async () => {
    await using server = await PostgresServer.start();
    await using standby = await server.standby();
    await using stranger = await PostgresServer.start();
    await server.query("create role clerk login; create schema hookwell authorization clerk");
    const [away, ...ports] = [await freePort(), standby.port, stranger.port, server.port];
    const hosts = [away, ...ports].map((port) => `127.0.0.1:${port}`).join(",");
    const config = await configOf(`postgres://clerk@${hosts}/postgres`);

    const seen = async (): Promise<void> =>
      expect((await lookAtEngine("queue", config)).slice(1)).toEqual([
        {
          level: "warn",
          topic: "Queue",
          says: `127.0.0.1:${away} could not take over: nothing listens there.`,
          cure: "Start the server, or correct host and port.",
        },
        {
          level: "warn",
          topic: "Queue",
          says: `127.0.0.1:${stranger.port} could not take over: role "clerk" does not exist.`,
          cure: "The server refuses this user: set user and password in the URL.",
        },
      ]);

    await eventually(seen);

    // A standby cannot have this, but a server that takes over can.
    await server.query("alter role clerk set default_transaction_isolation = serializable");
    await eventually(async () =>
      expect(await standby.query("select from pg_db_role_setting")).toHaveLength(1),
    );
    await seen();
  },
);

test.skipIf(!(await answers("redis")))("TLS to a port that has none is among what may be wrong", async () => {
  await using server = await RedisServer.start();

  const [silent] = await lookAtEngine("queue", await configOf(server.url.replace("redis://", "rediss://")));

  expect(silent?.says).toMatch(/cannot be used now: it does not answer[.]$/);
  expect(silent?.cure).toContain("rediss://");
});

test.each(["redis", "amqp", "nats", "postgres"])(
  "%s: one that hangs up is told from one that is away",
  async (scheme) => {
    const server = createServer((socket) => socket.on("error", () => undefined).end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const where = `127.0.0.1:${(server.address() as AddressInfo).port}`;

    const checks = await lookAtEngine("queue", await configOf(`${scheme}://me:hunter2@${where}`));

    const says = `${scheme}://me@${where} (HOOKWELL_QUEUE) cannot be used now: it hangs up.`;
    expect(checks).toEqual([{ level: "fail", topic: "Queue", says, cure: expect.stringContaining("port") }]);
    server.close();
  },
);

test.each(["postgres", "redis", "amqp", "nats"])(
  "%s: several hosts that are silent do not answer",
  async (scheme) => {
    const server = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

    const [silent] = await lookAtEngine("queue", await configOf(`${scheme}://${host},${host}`));

    expect(silent?.says).toMatch(/cannot be used now: it does not answer[.]$/);
    expect(silent?.cure).toContain("is TLS spoken there");
    server.close();
  },
);

for (const engine of ["postgres", "redis", "amqp", "nats"] as const) {
  test.skipIf(!(await answers(engine)))(
    `${engine}: a queue that nobody has made yet is told with what it will keep, and not made`,
    async () => {
      await using queue = ownQueue(engine);
      const config = await configOf(queue.url);

      const looks = [await lookAtEngine("queue", config), await lookAtEngine("queue", config)];

      for (const [first, ...others] of looks) {
        const says = expect.stringMatching(
          /^\w+ \d.*, no queue (in|of) .* yet; the first start creates it: \w/,
        );
        expect(first).toEqual({ level: "ok", topic: "Queue", says });
        expect(others.filter(({ level }) => level === "fail")).toEqual([]);
      }
    },
  );
}

test.skipIf(!(await answers("nats")))(
  "more copies than a server alone can keep are told before the first start",
  async () => {
    await using server = await NatsServer.start();

    const checks = await lookAtEngine("queue", await configOf(`${server.url}?replicas=3`));

    const says = expect.stringContaining("has ?replicas=3, but its NATS server is in no cluster");
    expect(checks).toEqual([{ level: "fail", topic: "Queue", says }]);
  },
);

const account = "{ jetstream: enabled, limits: { max_conn: 1 }, users: [{ user: me, password: right }] }";

test.skipIf(!(await answers("nats"))).for([
  ["server", "max_connections: 1", "maximum connections exceeded.", "Raise max_connections of NATS: "],
  [
    "account",
    `accounts { A: ${account} }`,
    "no answer to the login, as",
    "If it has, raise max_conn: each process",
  ],
] as const)(
  "a NATS whose %s takes no more connections is told from one that is silent",
  { timeout: 60_000 },
  async ([, limit, reason, cure]) => {
    await using server = await NatsServer.start(`${limit}\njetstream {}`);
    const url = server.url.replace("//", "//me:right@");
    const holder = await openNatsQueue(url, { leaseMs: 30_000 });
    await eventually(() => holder.depth());

    const checks = await lookAtEngine("queue", await configOf(url));
    await holder.close();

    const start = `nats://me@127.0.0.1:${server.port} (HOOKWELL_QUEUE) cannot be used now: ${reason}`;
    const says = expect.stringContaining(start);
    expect(checks).toEqual([{ level: "fail", topic: "Queue", says, cure: expect.stringContaining(cure) }]);
  },
);

test.skipIf(!(await answers("redis")))(
  "a user of Redis who lacks a right is told so before the first start",
  async () => {
    await using server = await RedisServer.start();
    const client = await createClient({ url: server.url }).connect();
    await client.sendCommand([
      "ACL",
      "SETUSER",
      "poor",
      "on",
      ">secret",
      "~*",
      "&*",
      "+@all",
      "-xgroup|create",
    ]);
    client.destroy();

    const checks = await lookAtEngine(
      "queue",
      await configOf(server.url.replace("redis://", "redis://poor:secret@")),
    );

    expect(checks.map(({ level }) => level)).toEqual(["fail"]);
    expect(checks[0]?.says).toContain("no permissions to run the 'xgroup|create' command");
  },
);

test.skipIf(!(await answers("nats")))(
  "of several NATS hosts none of which can be used, the one that refuses the login is told with the cure",
  async () => {
    await using server = await NatsServer.start("jetstream {}\nauthorization { user: me, password: right }");
    const hosts = `127.0.0.1:${await freePort()},127.0.0.1:${server.port}`;

    const checks = await lookAtEngine("queue", await configOf(`nats://me:wrong@${hosts}`));

    const says = expect.stringMatching(`is refused by nats://127.0.0.1:${server.port}: write a user`);
    expect(checks).toEqual([{ level: "fail", topic: "Queue", says }]);
  },
);

import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { freePort } from "../../../test/support/network/free-port.ts";
import { smallPackets } from "../../../test/support/network/small-packets.ts";
import { Line } from "../../../test/support/network/line.ts";
import { ownSchema } from "../../../test/support/drivers/postgres-harness.ts";
import { PostgresServer } from "../../../test/support/servers/postgres-server.ts";
import { openPostgresLedger } from "../../ledger/drivers/postgres/ledger.ts";
import { openPostgresQueue } from "../../queue/drivers/postgres/queue.ts";
import { eventually } from "../../testing/eventually.ts";
import { lookAtEngine } from "./engine-look.ts";
import { configOf } from "../../../test/support/servers/engine-config.ts";

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
  "a server is not well whose small answers come and whose large ones get lost on the way",
  { timeout: 30_000 },
  async () => {
    await using schema = ownSchema();
    await (await openPostgresQueue(schema.url, { leaseMs: 30_000 })).close();
    const url = new URL(schema.url);
    await using way = await smallPackets(Number(url.port));
    url.host = `127.0.0.1:${way.port}`;

    const [check] = await lookAtEngine("queue", await configOf(url.href));

    expect(check?.says).toMatch(/cannot be used now: it does not answer\.$/);
    expect(check?.cure).toContain("large packets may get lost");
  },
);

test.skipIf(!(await answers("postgres"))).for(["queue", "ledger"] as const)(
  "a server far away that has no %s yet is not taken for one that does not answer",
  async (part) => {
    await using schema = ownSchema();
    await using line = await Line.to(schema.url, Infinity, 200);
    const url = line.through(schema.url);

    const checks = await lookAtEngine(part, await configOf(url, url));

    expect(checks[0]?.says).toMatch(/no (queue|ledger) in its schema \w+ yet/);
    expect(checks.filter(({ level }) => level === "fail")).toEqual([]);
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

test.skipIf(!(await answers("postgres")))(
  "too few connections of a user are told for all that a worker takes, if the queue is this user's, too",
  async () => {
    await using schema = ownSchema();
    const role = `${schema.name}_few`;
    await schema.query(`create role ${role} login password 'secret' connection limit 10`);
    await schema.query(`create schema ${schema.name} authorization ${role}`);
    const url = schema.url.replace(/\/\/[^@]*@/, `//${role}:secret@`);
    await (await openPostgresLedger(url)).close();

    const own = await lookAtEngine("ledger", await configOf(url, url));
    const another = await lookAtEngine("ledger", await configOf(schema.url, url));

    await schema.query(`drop owned by ${role}; drop role ${role}`);
    const warning = (who: RegExp): unknown => expect.objectContaining({ says: expect.stringMatching(who) });
    expect(own).toContainEqual(
      warning(/10 connections .*, and a worker with queue and ledger here takes up to 24/),
    );
    expect(another).toContainEqual(
      warning(/10 connections .*, and the ledger of one process takes up to 16/),
    );
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

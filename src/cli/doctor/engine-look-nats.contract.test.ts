import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { freePort } from "../../../test/support/network/free-port.ts";
import { NatsServer } from "../../../test/support/servers/nats-server.ts";
import { openNatsQueue } from "../../queue/drivers/nats/queue.ts";
import { eventually } from "../../testing/eventually.ts";
import { lookAtEngine } from "./engine-look.ts";
import { configOf } from "../../../test/support/servers/engine-config.ts";

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

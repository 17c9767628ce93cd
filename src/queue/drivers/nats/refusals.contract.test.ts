import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { NatsServer } from "../../../../test/support/nats-server.ts";
import { eventually } from "../../../testing/eventually.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { openNatsQueue } from "./queue.ts";

const isThere = await answers("nats");
const allowing = (user: string): string => `jetstream {}\nauthorization { users: [{ user: me, ${user} }] }`;

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

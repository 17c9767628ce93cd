import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { NatsCluster } from "../../../../test/support/nats-cluster.ts";
import { NatsServer } from "../../../../test/support/nats-server.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { aMessage } from "../../../testing/builders.ts";
import type { QueueDriver } from "../../driver.ts";
import { openNatsQueue } from "./queue.ts";

const timeout = 60_000;
const leaseMs = 2_000;
/** A cluster needs some seconds to agree who leads. */
const soon = { timeout: 20_000 };
const keeps = (queue: QueueDriver) => async (): Promise<string> => (await queue.report()).durability;

describe.skipIf(!(await answers("nats")))("what the URL of a NATS queue says", () => {
  test(
    "more copies than a server alone can keep are refused, of a stream that is there too",
    { timeout },
    async () => {
      await using server = await NatsServer.start();
      const asked = (): Promise<unknown> => openNatsQueue(`${server.url}?replicas=3`, { leaseMs });
      const refusal = { code: "CONFIG_INVALID", message: expect.stringContaining("has ?replicas=3, but") };

      await expect(asked()).rejects.toMatchObject(refusal);
      const queue = await openNatsQueue(server.url, { leaseMs });

      await expect(asked()).rejects.toMatchObject(refusal);
      expect((await queue.report()).durability).toMatch(/^In a file of one NATS server/);
      await queue.close();
    },
  );

  test(
    "a cluster keeps as many copies as the URL says, also of a stream that had one",
    { timeout },
    async () => {
      await using cluster = await NatsCluster.start(3);
      const before = await openNatsQueue(cluster.url, { leaseMs });
      await expect.poll(keeps(before), soon).toMatch(/^In a file of one/);
      await before.close();

      const queue = await openNatsQueue(`${cluster.url}?replicas=3`, { leaseMs });

      await expect.poll(keeps(queue), soon).toMatch(/^In files of most of 3 NATS/);
      await queue.close();
    },
  );

  test("a user without a password is a token, which no log shows", { timeout }, async () => {
    await using server = await NatsServer.start('jetstream {}\nauthorization { token: "t0ken" }');
    const url = (token: string): string => server.url.replace("nats://", `nats://${token}@`);
    const log = recordedLog();
    const queue = await openNatsQueue(url("t0ken"), { leaseMs, log: log.log });
    await queue.send([aMessage()]);

    await server.stop();
    await expect.poll(() => log.facts(), soon).toContain("queue.engine_lost");

    expect(JSON.stringify(log.lines)).not.toContain("t0ken");
    await queue.close();
    await server.start();
    await expect(openNatsQueue(url("wr0ng"), { leaseMs })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.not.stringContaining("wr0ng"),
    });
  });
});

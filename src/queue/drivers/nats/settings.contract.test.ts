import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { NatsCluster } from "../../../../test/support/servers/nats-cluster.ts";
import { withManager } from "../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import type { QueueDriver } from "../../driver.ts";
import { openNatsQueue } from "./queue.ts";

const timeout = 60_000;
const leaseMs = 2_000;
/** As NATS counts. */
const hour = 3_600 * 1e9;
/** A cluster needs some seconds to agree who leads. */
const soon = { timeout: 20_000 };
const subjectsOf = (name: string): string[] => [...Array(16).keys()].map((shard) => `${name}.${shard}.>`);
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

  test.for([
    [{ discard: "old", max_msgs: 10 }, "discard=new"],
    [{ discard: "old", max_bytes: 10_000, max_age: hour }, "discard=new and max_age=0"],
    [{ discard: "new", max_msgs: 10, max_msgs_per_subject: 2 }, "max_msgs_per_subject=-1"],
  ] as const)("a stream that forgets events is refused: %o", { timeout }, async ([limits, ought]) => {
    await using server = await NatsServer.start();
    const plan = { name: "hookwell", subjects: subjectsOf("hookwell"), retention: "workqueue" } as const;
    await withManager(server, (manager) => manager.streams.add({ ...plan, ...limits }));

    const opening = openNatsQueue(server.url, { leaseMs });

    await expect(opening).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: `HOOKWELL_QUEUE (--queue) names hookwell, a stream that forgets events by itself: set ${ought}.`,
    });
    await withManager(server, (manager) =>
      manager.streams.update("hookwell", { discard: "new", max_age: 0, max_msgs_per_subject: -1 }),
    );
    await (await openNatsQueue(server.url, { leaseMs })).close();
  });

  test("a stream in memory is refused, and made in a file once it is deleted", { timeout }, async () => {
    await using server = await NatsServer.start();
    const plan = { name: "hookwell", subjects: subjectsOf("hookwell"), retention: "workqueue" } as const;
    await withManager(server, (manager) => manager.streams.add({ ...plan, storage: "memory" }));

    const opening = openNatsQueue(server.url, { leaseMs });

    await expect(opening).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("a stream in the memory of the server: delete it"),
    });
    await withManager(server, (manager) => manager.streams.delete("hookwell"));
    await (await openNatsQueue(server.url, { leaseMs })).close();
  });

  test("a stream that is made to forget while it is used is told of, and used on", { timeout }, async () => {
    await using server = await NatsServer.start();
    const queue = await openNatsQueue(server.url, { leaseMs });
    await withManager(server, (manager) => manager.streams.update("hookwell", { max_age: hour }));

    const { warnings } = await queue.report();

    expect(warnings).toContain("hookwell is a stream that forgets events by itself: set max_age=0.");
    await server.stop();
    await server.start();
    await eventually(() => queue.send([aMessage()]), 15_000);
    await queue.close();
  });
});

import assert from "node:assert/strict";
import { expect, test } from "vitest";
import { removeNames } from "../../../test/support/drivers/amqp-harness.ts";
import { answers, engineUrls } from "../../../test/support/servers/engines.ts";
import { junction } from "../../../test/support/network/junction.ts";
import { removeStreams } from "../../../test/support/drivers/nats-harness.ts";
import { deleteRedisKeys } from "../../../test/support/drivers/redis-harness.ts";
import { eventually } from "../../testing/eventually.ts";
import type { QueueDriver } from "../driver.ts";
import { openAmqpQueue } from "./amqp/queue.ts";
import { openNatsQueue } from "./nats/queue.ts";
import { openRedisQueue } from "./redis/queue.ts";

const engines = [
  ["amqp", openAmqpQueue, removeNames],
  ["redis", openRedisQueue, deleteRedisKeys],
  ["nats", openNatsQueue, removeStreams],
] as const;

for (const [engine, open, remove] of engines) {
  test.skipIf(!(await answers(engine)))(
    `${engine}: a queue that is reserved stays so through a break of the connection`,
    async () => {
      const name = `test-${crypto.randomUUID()}`;
      const server = engineUrls[engine];
      const port = Number(new URL(server).port);
      await using way = await junction(port);
      const opened: QueueDriver[] = [];
      try {
        const owner = await open(`${server.replace(`:${port}`, `:${way.port}`)}?name=${name}`, {
          leaseMs: 30_000,
        });
        const other = await open(`${server}?name=${name}`, { leaseMs: 30_000 });
        opened.push(owner, other);
        const keptMs = await owner.reserve({ name: "owner", isShared: false });

        way.lead(port);

        await eventually(async () =>
          assert.equal(await owner.reserve({ name: "owner", isShared: false }), keptMs),
        );
        expect(await other.reserve({ name: "other", isShared: false })).toBe(0);
      } finally {
        for (const driver of opened) await driver.close();
        await remove(server, name);
      }
    },
  );
}

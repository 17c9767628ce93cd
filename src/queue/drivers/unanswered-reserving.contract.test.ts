import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { removeNames } from "../../../test/support/amqp-harness.ts";
import { answers, engineUrls } from "../../../test/support/engines.ts";
import { lossyProxy } from "../../../test/support/lossy-proxy.ts";
import { ownSchema } from "../../../test/support/postgres-harness.ts";
import { deleteRedisKeys } from "../../../test/support/redis-harness.ts";
import { eventually } from "../../testing/eventually.ts";
import { openAmqpQueue } from "./amqp/queue.ts";
import { openPostgresQueue } from "./postgres/queue.ts";
import { openRedisQueue } from "./redis/queue.ts";

/** Opens drivers, and removes from the server what they have there. */
const drivers = {
  postgres: [openPostgresQueue],
  amqp: [openAmqpQueue, removeNames],
  redis: [openRedisQueue, deleteRedisKeys],
} as const;

for (const engine of ["postgres", "amqp", "redis"] as const) {
  test.skipIf(!(await answers(engine)))(
    `${engine}: a queue that was reserved in an answer that never came is free for another history once it is closed`,
    { timeout: 60_000 },
    async () => {
      await using schema = ownSchema();
      const name = `test-${randomUUID()}`;
      const [open, remove] = drivers[engine];
      const url = engine === "postgres" ? schema.url : `${engineUrls[engine]}?name=${name}`;
      const there = new URL(url);
      await using proxy = await lossyProxy(Number(there.port));
      there.port = String(proxy.port);
      const one = await open(there.href, { leaseMs: 60_000 });
      const other = await open(url, { leaseMs: 60_000 });

      proxy.loseAnswers();
      await expect(one.reserve("one", false)).rejects.toThrow();
      proxy.heal();
      await eventually(() => one.depth(), 20_000);
      await one.close();

      expect(await other.reserve("other", false)).toBeGreaterThan(0);
      await other.close();
      await remove?.(engineUrls[engine], name);
    },
  );
}

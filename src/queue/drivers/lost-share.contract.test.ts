import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { removeNames } from "../../../test/support/amqp-harness.ts";
import { answers, engineUrls } from "../../../test/support/engines.ts";
import { lossyProxy } from "../../../test/support/lossy-proxy.ts";
import { removeStreams } from "../../../test/support/nats-harness.ts";
import { ownSchema } from "../../../test/support/postgres-harness.ts";
import { deleteRedisKeys } from "../../../test/support/redis-harness.ts";
import { eventually } from "../../testing/eventually.ts";
import { collect, messages, never, ownAll, textsOf } from "../../testing/queue-driver/harness.ts";
import { openAmqpQueue } from "./amqp/queue.ts";
import { openNatsQueue } from "./nats/queue.ts";
import { openPostgresQueue } from "./postgres/queue.ts";
import { openRedisQueue } from "./redis/queue.ts";

/** Opens drivers, and removes from the server what they have there. */
const drivers = {
  postgres: [openPostgresQueue],
  amqp: [openAmqpQueue, removeNames],
  redis: [openRedisQueue, deleteRedisKeys],
  nats: [openNatsQueue, removeStreams],
} as const;

for (const engine of ["postgres", "amqp", "redis", "nats"] as const) {
  test.skipIf(!(await answers(engine)))(
    `${engine}: who was cut off and has lost its shards takes nothing of them when it is back and could not be told yet`,
    { timeout: 60_000 },
    async () => {
      await using schema = ownSchema();
      const name = `test-${randomUUID()}`;
      const [open, remove] = drivers[engine];
      const url = engine === "postgres" ? schema.url : `${engineUrls[engine]}?name=${name}`;
      const there = new URL(url);
      await using proxy = await lossyProxy(Number(there.port));
      there.port = String(proxy.port);
      const lost = await open(there.href, { leaseMs: 30_000 });
      const next = await open(url, { leaseMs: 30_000 });
      await ownAll(lost);
      await lost.receive(1, never);

      proxy.loseAnswers();
      // Some have nobody to tell.
      await lost.own([]).catch(() => undefined);
      await ownAll(next);
      await next.send(messages("message", 2));
      proxy.heal();
      await eventually(() => lost.depth(), 20_000);

      expect(await lost.receive(10, never)).toEqual([]);
      expect(await lost.receive(10, never)).toEqual([]);
      const deliveries = await collect(next, 2, { withinMs: 5_000 });
      expect(textsOf(deliveries)).toEqual(["message 0", "message 1"]);
      await next.ack(deliveries);
      await Promise.all([lost, next].map((driver) => driver.close()));
      await remove?.(engineUrls[engine], name);
    },
  );
}

import { expect, test } from "vitest";
import { withClient, withNames } from "../../../test/support/drivers/amqp-harness.ts";
import { answers, engineUrls } from "../../../test/support/servers/engines.ts";
import { loadConfig } from "../../config/load-config.ts";
import type { Check } from "./check.ts";
import { lookAtEngine } from "./engine-look.ts";

const lookAt = async (url: string): Promise<readonly Check[]> =>
  lookAtEngine(
    "queue",
    await loadConfig({ env: { HOOKWELL_QUEUE: url, HOOKWELL_LEDGER: "memory:" }, flags: {}, cwd: "/" }),
  );

test.skipIf(!(await answers("amqp"))).for([{ missing: [0] }, { missing: [0, 3] }, { missing: [15] }])(
  "RabbitMQ: queues that somebody deleted are told by name, once; a queue is there: without $missing",
  ({ missing }) =>
    withNames(async ({ open, names, url }) => {
      await (await open()).close();
      const queues = missing.map((shard) => names.shard(shard));
      await withClient(engineUrls.amqp, async (client) => {
        for (const queue of queues) await client.queueDelete(queue);
      });

      const [first, second] = [await lookAt(url), await lookAt(url)];

      const says = `Queues were missing, and are made again: ${queues.join(", ")}.`;
      const cure = expect.stringMatching(
        /^Unless a first start was cut off, somebody deleted them with what waited in them: find out who/,
      );
      const there = { level: "ok", topic: "Queue", says: expect.stringMatching(/^RabbitMQ \d\S+: On the/) };
      expect(first).toEqual([there, { level: "warn", topic: "Queue", says, cure }]);
      expect(second).toEqual([there]);
    }),
);

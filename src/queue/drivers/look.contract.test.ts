import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { ownQueue } from "../../../test/support/servers/own-queue.ts";
import { NotMadeError } from "../../lib/engines/not-made.ts";
import { aMessage } from "../../testing/builders.ts";
import { openQueue } from "../open-queue.ts";
import type { Queue } from "../queue.ts";

const open = (url: string, isLook: boolean): Promise<Queue> =>
  openQueue(url, "/nowhere", { leaseMs: 30_000, highWater: 1_000, isLook });

const engines = [
  ["postgres", /^PostgreSQL \d/, /no queue in its schema test_\w+: check database and [?]schema=, or start/],
  ["redis", /^(Redis|Valkey) \d/, /no queue of the name test-.*: check database and [?]name=, or start/],
  ["amqp", /^RabbitMQ \d/, /no queue of the name test-.*: check virtual host and [?]name=, or start/],
  ["nats", /^NATS \d/, /no queue of the name test-.*: check account and [?]name=, or start/],
] as const;

for (const [engine, name, says] of engines) {
  test.skipIf(!(await answers(engine)))(
    `${engine}: a look at a queue that nobody has made says so, tells of the engine, and makes nothing`,
    async () => {
      await using own = ownQueue(engine);

      const looks = [
        await open(own.url, true).catch((error: unknown) => error),
        await open(own.url, true).catch((error: unknown) => error),
      ];

      for (const error of looks) {
        expect(error).toBeInstanceOf(NotMadeError);
        const { message, found } = error as NotMadeError;
        expect(message).toMatch(/^HOOKWELL_QUEUE \(--queue\) is \w+:\/\/.*, but there is no queue /);
        expect(message).toMatch(says);
        expect(found.report.engine).toMatch(name);
        expect(found.obstacle).toBeUndefined();
      }
    },
  );

  test.skipIf(!(await answers(engine)))(
    `${engine}: a look at a queue that is there sees what waits`,
    async () => {
      await using own = ownQueue(engine);
      const queue = await open(own.url, false);
      await queue.put([aMessage()]);
      await queue.close();

      const look = await open(own.url, true);

      expect((await look.depth()).messages).toBe(1);
      await look.close();
    },
  );
}

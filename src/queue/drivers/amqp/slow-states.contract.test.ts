import { expect, test } from "vitest";
import { withNames } from "../../../../test/support/drivers/amqp-harness.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { startProcessor } from "../../../../test/support/processing/processor.ts";
import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { sharedShards } from "../../driver.ts";
import { openAmqpQueue } from "./queue.ts";

/** More than a lane holds in the worker. */
const many = 700;

test.skipIf(!(await answers("amqp")))(
  "a state that hangs, behind which hundreds of events wait, keeps no others of its shard waiting, and its order",
  { timeout: 60_000 },
  () =>
    withNames(async (harness) => {
      const driver = await openAmqpQueue(harness.url, { leaseMs: 30_000 });
      const hanging = Promise.withResolvers<void>();
      await using app = startProcessor({
        wrapQueue: () => driver,
        handlerTimeoutMs: 60_000,
        handlers: ({ entity }) => (entity === "presence:stuck" ? hanging.promise : undefined),
      });
      const stuck = Array.from({ length: many }, () => messageOf("presence:stuck"));
      const others = Array.from({ length: 10 * sharedShards }, (_, index) => messageOf(`presence:${index}`));
      const besides = others.filter((other) => shardOfMessage(other) === shardOfMessage(stuck[0]));
      expect(besides).not.toEqual([]);
      await driver.send(stuck);
      await eventually(() => expect(app.runs).toHaveLength(1), 10_000);

      await driver.send(besides);

      await eventually(() => expect(app.handled).toHaveLength(besides.length), 20_000);
      expect(app.handled.toSorted()).toEqual(besides.map(({ eventId }) => eventId).toSorted());
      hanging.resolve();
      await eventually(() => expect(app.handled).toHaveLength(besides.length + many), 20_000);
      expect(app.handled.slice(besides.length)).toEqual(stuck.map(({ eventId }) => eventId));
    }),
);

const messageOf = (entity: string): Message => aMessage({ entity, state: null, revision: null });

const shardOfMessage = (message: Message | undefined): number | undefined =>
  message && shardOf(message, sharedShards);

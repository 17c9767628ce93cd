import type { Channel } from "rabbitmq-client";
import { expect, test } from "vitest";
import { allShards } from "../../../driver.ts";
import { AmqpNames, levels } from "./names.ts";
import { declareTopology } from "./topology.ts";

interface Declared {
  readonly queue: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** The queues that are declared. */
async function declaredBy(names: AmqpNames): Promise<readonly Declared[]> {
  const declared: Declared[] = [];
  const nothing = async (): Promise<void> => undefined;
  const channel = {
    exchangeDeclare: nothing,
    exchangeBind: nothing,
    queueBind: nothing,
    queueDeclare: async (queue: Declared) => void declared.push(queue),
  } as unknown as Channel;
  await declareTopology([channel], names);
  return declared;
}

test("a worker does not wait for one whose node is gone, as RabbitMQ 4.3 has it by default", async () => {
  const names = new AmqpNames("test");

  const declared = await declaredBy(names);

  const shards = allShards.map((shard) => names.shard(shard));
  expect(declared.filter(({ queue }) => shards.includes(queue)).map((each) => each.arguments)).toEqual(
    shards.map(() => expect.objectContaining({ "x-consumer-disconnected-timeout": 1_000 })),
  );
});

test("what waits for its retry leaves a level only when it has arrived in the next one", async () => {
  const names = new AmqpNames("test");

  const declared = await declaredBy(names);

  const delays = levels.map((level) => names.delay(level));
  expect(declared.filter(({ queue }) => delays.includes(queue)).map((each) => each.arguments)).toEqual(
    // RabbitMQ keeps to the strategy only in quorum queues that refuse what is too much.
    delays.map(() =>
      expect.objectContaining({
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-queue-type": "quorum",
      }),
    ),
  );
});

import type { Channel } from "rabbitmq-client";
import { expect, test } from "vitest";
import { AmqpNames, levels } from "./names.ts";
import { declareTopology } from "./topology.ts";

interface Declared {
  readonly queue: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

test("what waits for its retry leaves a level only when it has arrived in the next one", async () => {
  const declared: Declared[] = [];
  const nothing = async (): Promise<void> => undefined;
  const channel = {
    exchangeDeclare: nothing,
    exchangeBind: nothing,
    queueBind: nothing,
    queueDeclare: async (queue: Declared) => void declared.push(queue),
  } as unknown as Channel;
  const names = new AmqpNames("test");

  await declareTopology([channel], names);

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

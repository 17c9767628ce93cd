/** The bare client of RabbitMQ: a quorum queue, persistent messages, confirms; acknowledged one by one. */
import { Connection } from "rabbitmq-client";
import { benchName } from "../engines/names.ts";
import { servePeer } from "../engines/serve-peer.ts";

/** Messages that the server may hand out before they are acknowledged. */
const prefetch = 1_000;

await servePeer(async (url) => {
  const connection = new Connection(url);
  connection.on("error", () => undefined);
  const channel = await connection.acquire();
  await channel.queueDeclare({ queue: benchName, durable: true, arguments: { "x-queue-type": "quorum" } });
  await channel.confirmSelect();
  const consuming = await connection.acquire();
  const envelope = { routingKey: benchName, durable: true };
  return {
    send: async (messages) => {
      await Promise.all(messages.map(({ body }) => channel.basicPublish(envelope, body as Buffer)));
    },
    work: async (onDone) => {
      await consuming.basicQos({ prefetchCount: prefetch });
      await consuming.basicConsume({ queue: benchName }, ({ deliveryTag }) => {
        consuming.basicAck({ deliveryTag });
        onDone(1);
      });
    },
    // Goes through the same log as the acknowledgements, behind them.
    left: async () => (await consuming.queuePurge({ queue: benchName })).messageCount,
  };
});

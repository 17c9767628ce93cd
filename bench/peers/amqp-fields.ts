/** The client of RabbitMQ that publishes to a topic exchange by the event's name, with what others look for in properties and headers. */
import { Connection, type Envelope } from "rabbitmq-client";
import type { Message } from "../../src/event/message.ts";
import { benchName } from "../engines/names.ts";
import { servePeer } from "../engines/serve-peer.ts";

function envelopeOf({ name, eventId, entity, revision, occurredAt, receivedAt }: Message): Envelope {
  return {
    exchange: benchName,
    routingKey: name,
    mandatory: true,
    durable: true,
    contentType: "application/json",
    messageId: eventId,
    type: name,
    timestamp: Math.floor(receivedAt / 1_000),
    headers: { entity, revision, "occurred-at": occurredAt },
  };
}

await servePeer(async (url) => {
  const connection = new Connection(url);
  connection.on("error", () => undefined);
  const channel = await connection.acquire();
  await channel.exchangeDeclare({ exchange: benchName, type: "topic", durable: true });
  await channel.queueDeclare({ queue: benchName, durable: true, arguments: { "x-queue-type": "quorum" } });
  await channel.queueBind({ exchange: benchName, queue: benchName, routingKey: "#" });
  await channel.confirmSelect();
  return {
    send: async (messages) => {
      await Promise.all(
        messages.map((message) => channel.basicPublish(envelopeOf(message), message.body as Buffer)),
      );
    },
  };
});

import type { Schema } from "./schema.ts";

const event: Schema = { $ref: "./events.schema.json" };
const text = (description: string): Schema => ({ type: "string", description });
const count = (description: string): Schema => ({ type: "integer", minimum: 0, description });
/** A header of NATS is a text, whatever it says. */
const digits = (description: string): Schema => ({ type: "string", pattern: "^[0-9]+$", description });

/**
 * Where events come from and where other programs can have them, as an AsyncAPI document. Engines in which an event has
 * a single reader, who takes it away from Hookwell's workers, are not in it: PostgreSQL and Redis.
 */
export const asyncApi: Schema = {
  asyncapi: "3.0.0",
  info: {
    title: "Events of the Enterprise Communications API, by way of Hookwell",
    version: "1",
    description:
      "Hookwell receives the sender's webhooks. On RabbitMQ and NATS, other programs can have a copy of each event. With `?name=` in the URL of the queue, addresses begin with that name instead of `hookwell`.",
  },
  defaultContentType: "application/json",
  channels: {
    webhook: {
      address: "/",
      title: "The sender's requests to Hookwell",
      description:
        "2xx says that all events are durable. After 400 the sender gives a request up; after any other status (of 401 that is not certain), or without an answer within 10 s, it repeats it for 24 hours.",
      messages: { delivery: { $ref: "#/components/messages/delivery" } },
      bindings: { http: {} },
    },
    rabbitmq: {
      address: "{eventName}",
      title: "The topic exchange of RabbitMQ",
      description: "Bind a queue of your own to it, by `message.*`, or by `#` for all events.",
      parameters: {
        eventName: eventName("`hookwell.unusual`, if it begins with `hookwell.` or has more than 255 bytes"),
      },
      messages: { event: { $ref: "#/components/messages/amqpEvent" } },
      bindings: { amqp: { is: "routingKey", exchange: { name: "hookwell", type: "topic", durable: true } } },
    },
    nats: {
      address: "hookwell-events.{eventName}",
      title: "The subjects of NATS",
      description: "Subscribe to `hookwell-events.>`, or keep them in a stream of your own.",
      parameters: {
        eventName: eventName(
          "with `_` for all but letters, digits, `_`, `-` and dots, and cut after 128 characters; a header has the exact name",
        ),
      },
      messages: { event: { $ref: "#/components/messages/natsEvent" } },
      bindings: { nats: {} },
    },
  },
  operations: {
    receiveDelivery: {
      action: "receive",
      channel: { $ref: "#/channels/webhook" },
      bindings: { http: { method: "POST" } },
    },
    publishToRabbitMQ: { action: "send", channel: { $ref: "#/channels/rabbitmq" } },
    publishToNats: { action: "send", channel: { $ref: "#/channels/nats" } },
  },
  components: {
    messages: {
      delivery: {
        title: "A delivery",
        summary: "One event, or an array of events in batch mode.",
        headers: {
          type: "object",
          properties: {
            "x-comapi-signature": {
              type: "string",
              pattern: "^[0-9a-fA-F]{40}$",
              description:
                "HMAC-SHA1 of the exact bytes of the body, in hex, under the secret of the webhook.",
            },
          },
          required: ["x-comapi-signature"],
        },
        payload: { anyOf: [event, { type: "array", items: event, maxItems: 500 }] },
      },
      amqpEvent: {
        title: "An event in RabbitMQ",
        summary: "The body is the exact bytes of the event.",
        contentType: "application/json",
        headers: amqpHeaders(),
        payload: event,
        bindings: { amqp: { contentEncoding: "utf-8" } },
      },
      natsEvent: {
        title: "An event in NATS",
        summary: "The body is the exact bytes of the event.",
        contentType: "application/json",
        headers: natsHeaders(),
        payload: event,
      },
    },
  },
};

function eventName(otherwise: string): Schema {
  return { description: `The name of the event, such as \`message.delivered\`; ${otherwise}.` };
}

function amqpHeaders(): Schema {
  return {
    type: "object",
    description:
      "Beside these headers, the property `type` has the event name, `message_id` the event id, and `timestamp` when it was received, in seconds. A value that the event does not have has no header.",
    properties: {
      "hookwell-format": { const: 1 },
      CC: {
        type: "array",
        items: { type: "string" },
        description: "Routes the message into Hookwell's own queues.",
      },
      "hookwell-name": text("The event name, if it has more than 255 bytes."),
      "hookwell-event-id": text("The event id, if it has more than 255 bytes."),
      "hookwell-entity": text("What the event is about, `family:id`."),
      "hookwell-state": text("What a newer event makes an older one obsolete for."),
      "hookwell-revision": count("Position in the sequence of its entity."),
      "hookwell-occurred-at": { type: "integer", description: "When it happened, in ms since 1970." },
      "hookwell-received-at": count("When Hookwell received it, in ms since 1970."),
      "hookwell-sent-at": count("When it was sent to the server, in ms since 1970."),
      "hookwell-account-id": { type: ["integer", "string"], description: "As the sender gave it." },
      "hookwell-api-space-id": text("As the sender gave it."),
      "hookwell-copy": text("The name of this copy; a repeat by the sender is another copy."),
      "hookwell-replay": { const: true, description: "A person asked for it again." },
    },
    required: [
      "hookwell-format",
      "hookwell-entity",
      "hookwell-received-at",
      "hookwell-sent-at",
      "hookwell-copy",
    ],
  };
}

function natsHeaders(): Schema {
  return {
    type: "object",
    description:
      "A value that the event does not have has no header. Characters that a header cannot hold (line ends, characters beyond ASCII, `%`, spaces at either end) are escaped as in a URL. The server adds headers of its own, such as `Nats-Stream`.",
    properties: {
      "Hookwell-Format": { const: "1" },
      "Hookwell-Event-Name": text("The exact name of the event."),
      "Hookwell-Event-Id": text("The same on every repeat by the sender."),
      "Hookwell-Entity": text("What the event is about, `family:id`."),
      "Hookwell-State": text("What a newer event makes an older one obsolete for."),
      "Hookwell-Revision": digits("Position in the sequence of its entity."),
      "Hookwell-Occurred-At": {
        type: "string",
        pattern: "^-?[0-9]+$",
        description: "When it happened, in ms since 1970.",
      },
      "Hookwell-Received-At": digits("When Hookwell received it, in ms since 1970."),
      "Hookwell-Account-Id": text("As the sender gave it."),
      "Hookwell-Account-Id-Type": {
        const: "string",
        description: "The account id is a text of digits, not a number.",
      },
      "Hookwell-Api-Space-Id": text("As the sender gave it."),
      "Nats-Msg-Id": text("The name of this copy, unless `Hookwell-Copy` gives it."),
      "Hookwell-Copy": text("The name of this copy, if it waited on a receiver's disk."),
      "Hookwell-Replay": { const: "true", description: "A person asked for it again." },
    },
    required: [
      "Hookwell-Format",
      "Hookwell-Event-Name",
      "Hookwell-Event-Id",
      "Hookwell-Entity",
      "Hookwell-Received-At",
      "Nats-Msg-Id",
    ],
  };
}

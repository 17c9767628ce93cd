import { describe, expect, test } from "vitest";
import { Families } from "../../event/entity.ts";
import { seededRandom } from "../../lib/random.ts";
import { etagOf } from "../etag.ts";
import { inboundEvent } from "./inbound.ts";
import { sample } from "../samples.ts";
import { answerTo, after, messageEvent, messageLife, newMessage, usualLife } from "./message.ts";

const families = new Families();
const start = Date.UTC(2026, 5, 1);
const world = (seed = 1) => ({ random: seededRandom(seed), now: () => start });

describe("the usual life of a message", () => {
  test("is sent, delivered and read, each once, with rising revisions and times", () => {
    const life = usualLife({ id: "m1" }, world());

    expect(life.map(({ name, revision }) => [name, revision])).toEqual([
      ["message.sent", 2],
      ["message.delivered", 3],
      ["message.read", 4],
    ]);
    expect(life.map(({ timestamp }) => Date.parse(timestamp) - start)).toEqual([-2_000, -1_000, 0]);
    expect(life.map(({ etag }) => etag)).toEqual(
      [2, 3, 4].map((revision) => etagOf("message", "m1", revision)),
    );
    expect(new Set(life.map(({ eventId }) => eventId)).size).toBe(3);
  });

  test("is that of one message on one channel, which says the same as the name", () => {
    const life = usualLife({ id: "m1" }, world());

    expect(new Set(life.map((event) => families.identify(event).state))).toEqual(new Set(["message:m1"]));
    expect(life.map(({ payload }) => payload?.["details"])).toMatchObject(
      ["sent", "delivered", "read"].map((status) => ({
        channel: "whatsApp",
        channelStatus: { whatsApp: { status } },
      })),
    );
  });
});

/** The event with every value replaced by its kind. */
const shapeOf = (event: object): unknown =>
  JSON.parse(JSON.stringify(event), (_, value: unknown) =>
    typeof value === "object" ? value : typeof value,
  );

test.each([
  ["message.sentRequest", "sms"],
  ["message.sent", "sms"],
  ["message.delivered", "sms"],
  ["message.read", "whatsApp"],
  ["message.expired", "sms"],
  ["message.failed", "sms"],
  ["interaction.click", "email"],
  ["complaint.received", "email"],
  ["message.inbound", "sms"],
] as const)("%s by %s has the shape of its sample", (name, channel) => {
  const { payload: { metadata, correlation } = {} } = sample(name);
  const echoed = (metadata ?? (correlation as { metadata: object }).metadata) as Record<string, unknown>;
  const message = newMessage({ channel, metadata: echoed }, world());

  const event = messageEvent(name, message, world());

  expect(shapeOf(event)).toEqual(shapeOf(sample(name)));
  expect(JSON.stringify(event)).toContain(JSON.stringify(echoed));
});

test("what the channel of RCS says is as in the vendor's example", () => {
  const message = newMessage({ id: "m1", channel: "rcs", to: { phoneNumber: "447700900123" } }, world());

  const { payload } = messageEvent("message.sent", message, world());

  expect(payload).toMatchObject({
    details: {
      channel: "rcs",
      additionalInfo: {
        name: "phones/+447700900123/agentMessages/m1",
        contentMessage: { text: message.text },
      },
      channelStatus: {},
    },
    channelData: { rcs: { phoneNumber: "447700900123", phoneNumberCountryCode: "GB" } },
  });
});

test("a channel that nobody knows has events all the same", () => {
  const { payload } = messageEvent("message.sent", newMessage({ channel: "pigeon" }, world()), world());

  expect(payload).toMatchObject({
    details: { channel: "pigeon", channelStatus: { pigeon: { status: "sent" } } },
  });
});

test("an answer is a message of its own, from the person that was written to", () => {
  const message = newMessage({ channel: "whatsApp", metadata: { orderId: "SO-1" }, revision: 4 }, world());

  const event = inboundEvent({ ...answerTo(message), body: "No" }, world(2));

  expect(event.payload).toMatchObject({
    channel: "whatsApp",
    from: message.to,
    body: "No",
    correlation: { messageId: message.id, metadata: { orderId: "SO-1" } },
  });
  expect(after(message, event)).toBe(message);
});

test("a message that goes on has the next revision", () => {
  const message = newMessage({ id: "m1", revision: 3 }, world());

  const event = messageEvent("message.read", message, world());

  expect(event).toMatchObject({ name: "message.read", revision: 4, etag: etagOf("message", "m1", 4) });
});

test("the same seed gives the same life", () => {
  const [one, same, other] = [1, 1, 2].map((seed) => JSON.stringify(messageLife({}, world(seed))));

  expect(one).toBe(same);
  expect(one).not.toBe(other);
});

import { describe, expect, test } from "vitest";
import { Families } from "../../event/entity.ts";
import { seededRandom } from "../../lib/random.ts";
import { etagOf } from "../etag.ts";
import { messageEvent, messageLife, newMessage, usualLife } from "./message.ts";

const families = new Families();
const start = Date.UTC(2026, 5, 1);
const world = (seed = 1) => ({ random: seededRandom(seed), now: () => start });

describe("the usual life of a message", () => {
  test("is sent, delivered and read, each once, with rising revisions and times", () => {
    const life = usualLife("m1", world());

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
    const life = usualLife("m1", world());

    expect(new Set(life.map((event) => families.identify(event).state))).toEqual(new Set(["message:m1"]));
    expect(life.map(({ payload }) => payload?.["details"])).toMatchObject(
      ["sent", "delivered", "read"].map((status) => ({
        channel: "whatsApp",
        channelStatus: { whatsApp: { status } },
      })),
    );
  });
});

test("a message that goes on after a request has the next revision", () => {
  const message = newMessage({ id: "m1", revision: 3 }, world());

  const event = messageEvent("message.read", message, world());

  expect(event).toMatchObject({ name: "message.read", revision: 4, etag: etagOf("message", "m1", 4) });
});

test("the same seed gives the same life", () => {
  const [one, same, other] = [1, 1, 2].map((seed) => JSON.stringify(messageLife({}, world(seed))));

  expect(one).toBe(same);
  expect(one).not.toBe(other);
});

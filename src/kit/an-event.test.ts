import { describe, expect, test } from "vitest";
import { seededRandom } from "../lib/random.ts";
import { etagOf } from "../sandbox/etag.ts";
import { sample, sampleNames } from "../sandbox/samples.ts";
import { anEvent } from "./an-event.ts";

const start = Date.UTC(2026, 5, 1);
const world = (seed = 1) => ({ random: seededRandom(seed), now: () => start });

describe("an event", () => {
  test.each(sampleNames)("%s has new ids and occurs now", (name) => {
    const before = Date.now();

    const [one, other] = [anEvent(name), anEvent(name)];

    expect(Object.keys(one)).toEqual(Object.keys(sample(name)));
    expect(new Set([one.eventId, other.eventId, sample(name).eventId]).size).toBe(3);
    expect(Date.parse(one.timestamp)).toBeGreaterThanOrEqual(before);
  });

  test("has the fields that it is given, and the others as they were", () => {
    const event = anEvent(
      "message.failed",
      { payload: { details: { failureReason: "Blocked" }, metadata: { orderId: "SO-1" } } },
      world(),
    );

    const plain = anEvent("message.failed", {}, world());
    expect(event.payload.details).toEqual({ ...plain.payload.details, failureReason: "Blocked" });
    expect(event).toMatchObject({ payload: { metadata: { orderId: "SO-1" } }, etag: plain.etag });
  });

  test("of a message is as its channel has it", () => {
    const { payload } = anEvent("message.failed", { payload: { details: { channel: "rcs" } } });

    expect(payload.details).toMatchObject({ channel: "rcs", channelStatus: {} });
    expect(Object.keys(payload.channelData ?? {})).toEqual(["rcs"]);
  });

  test("has the etag of the id and the revision that it is given, and the id wherever it is repeated", () => {
    const event = anEvent("message.sent", { revision: 7, payload: { id: "m1" } });

    expect(event.etag).toBe(etagOf("message", "m1", 7));
    expect(event.payload.details.additionalInfo).toMatchObject({ clientRef: "m1" });
  });

  test("has the times of the timestamp that it is given", () => {
    const event = anEvent("profile.delete", { timestamp: "2026-01-02T03:04:05.006Z" });

    expect(event.payload.date).toMatch(/^2026-01-02T03:04:0/);
  });

  test("lacks what is undefined", () => {
    const event = anEvent("message.sent", { revision: undefined, payload: { metadata: undefined } });

    expect(event).not.toHaveProperty("revision");
    expect(event).not.toHaveProperty("etag");
    expect(event.payload).not.toHaveProperty("metadata");
  });

  test("keeps an etag that it is given", () => {
    expect(anEvent("chat.closed", { etag: "mine" }).etag).toBe("mine");
  });

  test("has its lists whole", () => {
    const event = anEvent("chat.create", { payload: { participants: [{ profileId: "p1" }] } });

    expect(event.payload.participants).toEqual([{ profileId: "p1" }]);
  });

  test("may have a name that nobody knows", () => {
    const event = anEvent("session.started", { payload: { device: "d1" } });

    expect(event).toMatchObject({ name: "session.started", payload: { device: "d1" } });
  });

  test("is the same for the same seed", () => {
    expect(anEvent("chat.create", {}, world(3))).toEqual(anEvent("chat.create", {}, world(3)));
  });
});

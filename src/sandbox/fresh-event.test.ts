import { describe, expect, test } from "vitest";
import { Families } from "../event/entity.ts";
import { etagOf } from "./etag.ts";
import { freshEvent, freshUuid, type FreshOptions } from "./fresh-event.ts";
import { sample, sampleNames } from "./samples.ts";

const families = new Families();
const start = Date.UTC(2026, 5, 1);

/** A small seeded generator, so that every run is the same. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const world = (seed = 1): Pick<FreshOptions, "random" | "now"> => ({
  random: seeded(seed),
  now: () => start,
});

/** The event with every text and number replaced by its kind, so that only the shape is left. */
const shapeOf = (event: object): unknown =>
  JSON.parse(JSON.stringify(event), (_, value: unknown) =>
    typeof value === "string" || typeof value === "number" ? typeof value : value,
  );

describe("a fresh event", () => {
  test.each(sampleNames)("%s has the shape of its sample, but its own ids", (name) => {
    const options = world();

    const events = [freshEvent(name, options), freshEvent(name, options)];

    expect(events.map(shapeOf)).toEqual([shapeOf(sample(name)), shapeOf(sample(name))]);
    const all = [sample(name), ...events];
    expect(new Set(all.map(({ eventId }) => eventId)).size).toBe(3);
    expect(new Set(all.map((event) => families.identify(event).entity)).size).toBe(3);
    const states = all.map((event) => families.identify(event).state);
    expect(new Set(states).size).toBe(states[0] === null ? 1 : 3);
  });

  test.each(sampleNames)("%s occurs now, with all its times moved alike", (name) => {
    const event = freshEvent(name, world());

    expect(event.timestamp).toBe(new Date(start).toISOString());
    expect(JSON.stringify(event)).not.toMatch(/"2025-/);
  });

  test.each(sampleNames.filter((name) => sample(name).etag !== undefined))(
    "%s has the etag of its id",
    (name) => {
      const event = freshEvent(name, { ...world(), revision: 9 });

      const [family = ""] = name.split(".");
      expect(event.revision).toBe(9);
      expect(event.etag).toBe(etagOf(family, String(event.payload?.["id"]), 9));
    },
  );

  test("repeats its id wherever the sample does", () => {
    const text = JSON.stringify(freshEvent("message.sent", { ...world(), entityId: "m1" }));

    expect(text.split('"m1"')).toHaveLength(4);
    expect(text).not.toContain(String(sample("message.sent").payload?.["id"]));
  });

  test("takes ids with characters that a replacement would read", () => {
    const event = freshEvent("message.sent", { ...world(), entityId: "$&$1" });

    expect(event.payload?.["id"]).toBe("$&$1");
  });

  test("in a conversation has the ids of both, and its place in the conversation", () => {
    const event = freshEvent("conversationMessage.read", {
      ...world(),
      entityId: "c1",
      revision: 12,
    });

    expect(event.payload).toMatchObject({ conversationId: "c1", conversationEventId: 12 });
    expect(event.payload?.["id"]).not.toBe(sample(event.name).payload?.["id"]);
    expect(event.revision).toBe(12);
    expect(event.etag).toBeUndefined();
  });

  test("has no revision where the sender gives none", () => {
    const event = freshEvent("presence.away", { ...world(), entityId: "agent", revision: 3 });

    expect(event).not.toHaveProperty("revision");
    expect(event.profileId).toBe("agent");
  });

  test("may have a name that nobody knows", () => {
    const plain = freshEvent("session.started", world());
    const numbered = freshEvent("chat.renamed", { ...world(), entityId: "h1", revision: 3 });

    expect(plain).not.toHaveProperty("revision");
    expect(plain.name).toBe("session.started");
    expect(numbered).toMatchObject({ name: "chat.renamed", revision: 3, etag: etagOf("chat", "h1", 3) });
  });

  test("is the same for the same seed, and another for another", () => {
    const events = [1, 1, 2].map((seed) => freshEvent("chatMessage.sent", world(seed)));

    expect(events[0]).toEqual(events[1]);
    expect(events[0]?.eventId).not.toBe(events[2]?.eventId);
  });
});

test("a fresh UUID is one of version 4", () => {
  const uuids = [freshUuid(seeded(1)), freshUuid(() => 0), freshUuid(() => 0.999_999)];

  const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(uuids.map((uuid) => pattern.test(uuid))).toEqual([true, true, true]);
});

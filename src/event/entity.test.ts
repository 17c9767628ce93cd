import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Families, type FamilyTable } from "./entity.ts";

const families = new Families();

function anEvent(name: string, payload?: unknown, more: object = {}) {
  return { eventId: "e1", name, payload, ...more };
}

describe("entity of an event", () => {
  test.each([
    ["message.sent", { id: "m1" }, "message:m1"],
    ["message.inbound", { id: "m1", messageId: "m2" }, "message:m1"],
    ["message.inbound", { messageId: "m2" }, "message:m2"],
    ["profile.update", { id: "a@b.c" }, "profile:a@b.c"],
    ["conversation.create", { id: "c1" }, "conversation:c1"],
    ["conversation.participantAdded", { id: "c1", profileId: "p1" }, "conversation:c1"],
    ["chat.closed", { id: "h1" }, "chat:h1"],
    ["conversationMessage.sent", { id: "m1", context: { conversationId: "c1" } }, "conversation:c1"],
    ["conversationMessage.read", { id: "m1", conversationId: "c1" }, "conversation:c1"],
    ["chatMessage.sent", { id: "m1", context: { chatId: "h1" } }, "chat:h1"],
    ["chatMessage.delivered", { id: "m1", chatId: "h1" }, "chat:h1"],
    ["facebook.optin", { fbMessengerId: "2048", profileId: "p1" }, "facebook:2048"],
    ["interaction.click", { id: "m1" }, "interaction:m1"],
    ["complaint.received", { id: "m1" }, "complaint:m1"],
    ["session.start", { id: "s1" }, "session:s1"],
    ["session.start", { profileId: "p1" }, "session:p1"],
    ["nodots", { id: "x" }, "nodots:x"],
    ["message.sent", { id: 7 }, "message:7"],
  ])("%s with %o is %s", (name, payload, entity) => {
    expect(families.identify(anEvent(name, payload)).entity).toBe(entity);
  });

  test("presence.* is the person named beside the payload", () => {
    const { entity } = families.identify(anEvent("presence.away", undefined, { profileId: "agent" }));

    expect(entity).toBe("presence:agent");
  });

  test.each([
    ["no payload", undefined],
    ["a payload that is no object", "m1"],
    ["an empty id", { id: "" }],
    ["an id that is no text", { id: { a: 1 } }],
    ["a number too large to be exact", { id: 2 ** 53 }],
    ["a text that is no Unicode", { id: "m\ud800" }],
    ["a text that was no UTF-8", { id: "m\ufffd" }],
    ["a very long id", { id: "m".repeat(1_001) }],
    ["an id that only its prototype has", Object.create({ id: "m1" })],
  ])("with %s is the event itself, which is never obsolete", (_, payload) => {
    const identity = families.identify(anEvent("message.sent", payload));

    expect(identity).toEqual({ entity: "message:e1", state: null });
  });
});

describe("state of an event", () => {
  const stateOf = (name: string, payload: unknown): string | null =>
    families.identify(anEvent(name, payload, { profileId: "agent" })).state;
  const receipt = { id: "m1", conversationId: "c1", chatId: "h1", profileId: "p1" };

  test.each([
    "message.sentRequest",
    "message.sent",
    "message.delivered",
    "message.read",
    "message.failed",
    "message.new",
  ])("%s is that of its message", (name) => {
    expect(stateOf(name, { id: "m1" })).toBe(stateOf("message.expired", { id: "m1" }));
    expect(stateOf(name, { id: "m1" })).not.toBe(stateOf("message.expired", { id: "m2" }));
  });

  test.each([
    ["profile.create", "profile.delete"],
    ["profile.update", "profile.undelete"],
    ["conversation.create", "conversation.update"],
    ["conversation.delete", "conversation.undelete"],
    ["chat.create", "chat.channelUpdated"],
    ["chat.closed", "chat.delete"],
  ])("%s is shared with %s of the same id", (one, other) => {
    expect(stateOf(one, { id: "x" })).not.toBeNull();
    expect(stateOf(one, { id: "x" })).toBe(stateOf(other, { id: "x" }));
    expect(stateOf(one, { id: "x" })).not.toBe(stateOf(other, { id: "y" }));
  });

  test.each([
    "message.inbound",
    "interaction.click",
    "complaint.received",
    "presence.available",
    "facebook.optin",
    "conversation.participantAdded",
    "conversation.participantTypingOff",
    "session.start",
  ])("%s is none: it is never obsolete", (name) => {
    expect(stateOf(name, { ...receipt, fbMessengerId: "2048" })).toBeNull();
  });

  test.each(["conversationMessage", "chatMessage"])(
    "%s.read and .delivered share one, .sent has its own",
    (family) => {
      const read = stateOf(`${family}.read`, receipt);
      const delivered = stateOf(`${family}.delivered`, receipt);
      const sent = stateOf(`${family}.sent`, { id: "m1", context: receipt });

      expect(read).toBe(delivered);
      expect(sent).not.toBeNull();
      expect(sent).not.toBe(read);
    },
  );

  test("a receipt that names no person is none", () => {
    expect(stateOf("conversationMessage.read", { id: "m1", conversationId: "c1" })).toBeNull();
  });

  test("receipts do not share one because their ids, put together, read the same", () => {
    const state = stateOf("chatMessage.read", { id: "a\u001fb", profileId: "c", chatId: "h1" });
    const other = stateOf("chatMessage.read", { id: "a", profileId: "b\u001fc", chatId: "h1" });

    expect(state).not.toBe(other);
  });

  test("receipts have the same one exactly if message and person are the same", () => {
    const id = fc.string({ minLength: 1, unit: fc.constantFrom("a", "1", ":", ".", "\u001f", "\u0000") });
    const name = fc.constantFrom("conversationMessage.read", "conversationMessage.delivered");
    const someReceipt = fc.tuple(name, id, id);
    fc.assert(
      fc.property(someReceipt, someReceipt, ([name, id, profileId], [otherName, otherId, otherProfileId]) => {
        const state = stateOf(name, { id, profileId, conversationId: "c1" });
        const other = stateOf(otherName, { id: otherId, profileId: otherProfileId, conversationId: "c1" });

        expect(state === other).toBe(id === otherId && profileId === otherProfileId);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("an override", () => {
  const identify = (overrides: FamilyTable, name: string, payload: unknown) =>
    new Families(overrides).identify(anEvent(name, payload));

  test("of a pattern replaces its rule, and that of no other", () => {
    const overrides: FamilyTable = { "message.*": { id: ["payload.details.channel"], state: null } };
    const payload = { id: "m1", details: { channel: "sms" } };

    expect(identify(overrides, "message.sent", payload)).toEqual({ entity: "message:sms", state: null });
    expect(identify(overrides, "message.inbound", payload).entity).toBe("message:m1");
    expect(identify(overrides, "profile.update", payload)).toEqual(
      families.identify(anEvent("profile.update", payload)),
    );
  });

  test("for an unknown family gives it entity and state", () => {
    const overrides: FamilyTable = { "session.*": { family: "login", id: ["payload.sid"], state: "entity" } };

    const identity = identify(overrides, "session.start", { sid: 5 });

    expect(identity).toEqual({ entity: "login:5", state: "login:5" });
  });

  test("of a full name is more specific than a pattern", () => {
    const overrides: FamilyTable = { "chat.closed": { id: ["payload.teamId"], state: ["payload.teamId"] } };

    const closed = identify(overrides, "chat.closed", { id: "h1", teamId: "t1" });
    const created = identify(overrides, "chat.create", { id: "h1", teamId: "t1" });

    expect(closed.entity).toBe("chat:t1");
    expect(closed.state).not.toBe(created.state);
    expect(created.entity).toBe("chat:h1");
  });
});

test("any number of names is served by the same rules", () => {
  const some = new Families();

  const entities = Array.from(
    { length: 3_000 },
    (_, index) => some.identify(anEvent(`f${index}.x`, { id: "1" })).entity,
  );

  expect(entities[2_999]).toBe("f2999:1");
  expect(some.identify(anEvent("message.sent", { id: "m1" })).state).toBe("message:m1");
});

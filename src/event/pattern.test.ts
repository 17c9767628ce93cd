import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPattern, matches, mostSpecific } from "./pattern.ts";

describe("a pattern", () => {
  test.each([
    ["message.sent", "message.sent", true],
    ["message.sent", "message.sentRequest", false],
    ["message.*", "message.sent", true],
    ["message.*", "message.", true],
    ["message.*", "messages.sent", false],
    ["message.*", "chatMessage.sent", false],
    ["conversation.participant*", "conversation.participantAdded", true],
    ["conversation.participant*", "conversation.create", false],
    ["*", "anything", true],
    ["*", "", true],
    ["message.sent", "Message.Sent", false],
  ])("%s for %s: %s", (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });

  test.each([
    ["message.sent", true],
    ["message.*", true],
    ["*", true],
    ["", false],
    ["**", false],
    ["*.sent", false],
    ["message.*.sent", false],
  ])("%s is one: %s", (text, expected) => {
    expect(isPattern(text)).toBe(expected);
  });
});

describe("of several patterns", () => {
  test("the full name wins, then the longest beginning, then the star", () => {
    const patterns = ["*", "conversation.*", "conversation.participantAdded", "conversation.participant*"];

    const winners = [
      "conversation.participantAdded",
      "conversation.participantRemoved",
      "conversation.create",
      "chat.x",
    ].map((name) => mostSpecific(patterns, name));

    expect(winners).toEqual([
      "conversation.participantAdded",
      "conversation.participant*",
      "conversation.*",
      "*",
    ]);
  });

  test("none may fit", () => {
    expect(mostSpecific(["message.*", "chat.create"], "chat.closed")).toBeUndefined();
    expect(mostSpecific([], "chat.closed")).toBeUndefined();
  });

  test("the winner does not depend on their order", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 5 });
    const pattern = fc.tuple(name, fc.constantFrom("", "*")).map((texts) => texts.join(""));
    fc.assert(
      fc.property(fc.uniqueArray(pattern), name, (patterns, event) => {
        expect(mostSpecific(patterns.toReversed(), event)).toBe(mostSpecific(patterns, event));
      }),
    );
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mostSpecific } from "../event/pattern.ts";
import { HandlerTable, type Handler, type Handlers } from "./handlers.ts";

/** A handler for each pattern, which gives the pattern away. */
function tableOf(patterns: readonly string[]) {
  const named = patterns.map((pattern): [string, Handler] => [pattern, () => pattern]);
  const handlers: Handlers = Object.fromEntries(named);
  const table = new HandlerTable(handlers);
  const names = new Map(Object.entries(handlers).map(([pattern, handler]) => [handler, pattern]));
  return {
    find: (name: string): string | undefined => {
      const handler = table.find(name);
      return handler && names.get(handler);
    },
  };
}

describe("the handler of a name", () => {
  const table = tableOf(["*", "message.*", "message.failed", "conversation.participant*"]);

  test.each([
    ["message.failed", "message.failed"],
    ["message.failedAgain", "message.*"],
    ["message.sent", "message.*"],
    ["conversation.participantAdded", "conversation.participant*"],
    ["conversation.create", "*"],
    ["never.heard.of", "*"],
  ])("of %s is that of %s", (name, pattern) => {
    expect(table.find(name)).toBe(pattern);
  });

  test("is the same whenever it is asked for", () => {
    const names = ["message.failed", "message.sent", "message.failed", "message.sent"];

    const found = names.map((name) => table.find(name));

    expect(found).toEqual(["message.failed", "message.*", "message.failed", "message.*"]);
  });
});

test("a name that no pattern means has no handler, however often it is asked", () => {
  const table = tableOf(["message.*"]);

  expect([table.find("chat.create"), table.find("chat.create")]).toEqual([undefined, undefined]);
});

test.each(["constructor", "toString", "__proto__", "hasOwnProperty"])(
  "the name %s finds nothing that every object has",
  (name) => {
    expect(tableOf(["message.*"]).find(name)).toBeUndefined();
    expect(tableOf(["*"]).find(name)).toBe("*");
  },
);

test("any number of names gets the right handlers", () => {
  const table = tableOf(["a*", "*"]);
  const names = Array.from({ length: 3_000 }, (_, index) => `${index % 2 === 0 ? "a" : "b"}${index}`);

  const found = [...names, ...names].map((name) => table.find(name));

  expect(found.filter((pattern) => pattern === "a*")).toHaveLength(3_000);
  expect(found.filter((pattern) => pattern === "*")).toHaveLength(3_000);
});

test("the most specific pattern wins, whatever the patterns are", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", "."), minLength: 1, maxLength: 6 });
  const pattern = fc.oneof(
    name,
    name.map((text) => `${text}*`),
    fc.constant("*"),
  );
  fc.assert(
    fc.property(fc.uniqueArray(pattern), fc.array(name), (patterns, names) => {
      const table = tableOf(patterns);

      const found = names.map((each) => table.find(each));

      expect(found).toEqual(names.map((each) => mostSpecific(patterns, each)));
    }),
  );
});

import { describe, expect, test } from "vitest";
import { errorFields, jsonLog, leveledLog, logLevels, type LogLevel } from "./log.ts";

test("a line is one JSON object: time, level, the name of the fact, its fields", () => {
  const lines: string[] = [];
  const log = jsonLog(
    "info",
    (line) => lines.push(line),
    () => Date.UTC(2026, 0, 1),
  );

  log.info("server.listening", { url: "http://127.0.0.1/", port: 3000, old: null });
  log.warn("text.odd", { text: "line\nbreak\u001b[31m\u009b2J \u202egpj" });

  expect(lines[0]).toBe(
    '{"time":"2026-01-01T00:00:00.000Z","level":"info","fact":"server.listening","url":"http://127.0.0.1/","port":3000,"old":null}\n',
  );
  expect(lines[1]).toMatch(/^[ -~]+\n$/);
});

test("a handler cannot change what the line itself tells, and its own fields are there beside it", () => {
  const lines: string[] = [];
  const log = jsonLog(
    "info",
    (line) => lines.push(line),
    () => 0,
  );

  log.info("order.told", { time: "1999", level: "gold", fact: "event.dead", id: "m1" });

  expect(JSON.parse(lines[0] ?? "")).toEqual({
    time: "1970-01-01T00:00:00.000Z",
    level: "info",
    fact: "order.told",
    time_: "1999",
    level_: "gold",
    fact_: "event.dead",
    id: "m1",
  });
});

test("a line can be written of anything, for a handler in plain JavaScript gives anything", () => {
  const lines: string[] = [];
  const log = jsonLog("info", (line) => lines.push(line));
  const self: Record<string, unknown> = { name: "itself" };
  self["self"] = self;
  const broken = { toJSON: () => decodeURIComponent("%") };
  const hidden = Object.assign(new Error("unseen"), { toString: () => decodeURIComponent("%") });
  const fields = { error: new TypeError("no answer"), count: 10n, self, broken, hidden, left: 1 };

  log.error("order.not_told", { error: fields.error, count: fields.count, more: { n: 1 } } as never);
  log.error("order.not_told", fields as never);

  const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(first).toMatchObject({ error: "TypeError: no answer", count: "10", more: { n: 1 } });
  expect(second).toMatchObject({ level: "error", fact: "order.not_told", left: "1" });
  expect(second?.["error"]).toBe("TypeError: no answer");
  expect(second?.["self"]).toContain("itself");
  expect(second?.["hidden"]).toBe("object");
});

test.each<[LogLevel, readonly string[]]>([
  ["debug", ["debug", "info", "warn", "error"]],
  ["warn", ["warn", "error"]],
  ["error", ["error"]],
  ["silent", []],
])("at the level %s it passes on %o", (least, expected) => {
  const passed: string[] = [];
  const log = leveledLog(least, (level) => passed.push(level));

  for (const level of logLevels) if (level !== "silent") log[level]("fact");

  expect(passed).toEqual(expected);
});

describe("an error as fields", () => {
  test.each<[string, unknown, object]>([
    ["has its message", new TypeError("broken"), { error: "broken" }],
    [
      "has that of its cause",
      new Error("outer", { cause: new Error("inner") }),
      { error: "outer", cause: "inner" },
    ],
    [
      "does not repeat a cause that its message tells",
      new Error("outer: inner", { cause: new Error("inner") }),
      { error: "outer: inner" },
    ],
    ["has no cause that is no error", new Error("outer", { cause: { private: 1 } }), { error: "outer" }],
    ["is its text if it is none", "text", { error: "text" }],
    ["may be nothing at all", undefined, { error: "undefined" }],
  ])("%s", (_, error, fields) => {
    expect(errorFields(error)).toEqual(fields);
  });
});

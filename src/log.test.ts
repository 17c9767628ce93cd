import { describe, expect, test } from "vitest";
import {
  errorFields,
  guardedLog,
  heldLog,
  jsonLog,
  leveledLog,
  logLevels,
  rareLog,
  silentLog,
  type LogLevel,
} from "./log.ts";
import { recordedLog } from "./testing/recorded-log.ts";

test("a line is one JSON object: time, level, the name of the fact, its fields", () => {
  const lines: string[] = [];
  const log = jsonLog(
    "info",
    (line) => lines.push(line),
    () => Date.UTC(2026, 0, 1),
  );

  log.info("server.listening", { url: "http://127.0.0.1/", port: 3000, old: null });
  log.warn("text.odd", { text: "line\nbreak\u001b[31m" });

  expect(lines[0]).toBe(
    '{"time":"2026-01-01T00:00:00.000Z","level":"info","fact":"server.listening","url":"http://127.0.0.1/","port":3000,"old":null}\n',
  );
  expect(lines[1]).toMatch(/^[ -~]+\n$/);
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

test("the silent log takes anything", () => {
  expect(() => silentLog.error("fact", { a: 1 })).not.toThrow();
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

describe("a log of what many meet at the same time", () => {
  test("says each fact once, and again after a while", () => {
    let time = 0;
    const { log, facts } = recordedLog();
    const rare = rareLog(log, 1_000, () => time);

    for (time = 0; time < 2_500; time += 100) rare.error("queue.ack_failed", { time });
    rare.error("ledger.admit_failed");

    expect(facts()).toEqual([
      "queue.ack_failed",
      "queue.ack_failed",
      "queue.ack_failed",
      "ledger.admit_failed",
    ]);
  });

  test("says that it is over once each time that it was said", () => {
    let time = 0;
    const { log, facts } = recordedLog();
    const rare = rareLog(log, 1_000, () => time);

    for (const at of [0, 900, 1_100, 1_200]) {
      time = at;
      if (at === 0 || at === 1_100) rare.error("queue.ack_failed");
      else for (let asker = 0; asker < 3; asker += 1) rare.info("queue.ack_failed.recovered");
    }

    const both = ["queue.ack_failed", "queue.ack_failed.recovered"];
    expect(facts()).toEqual([...both, ...both]);
  });

  test("keeps level and fields, and is not silenced by a clock that goes back", () => {
    let time = 1_000_000;
    const { log, lines } = recordedLog();
    const rare = rareLog(log, 1_000, () => time);

    rare.warn("a", { one: 1 });
    time = 0;
    rare.warn("a", { one: 2 });

    expect(lines).toEqual([
      { level: "warn", fact: "a", fields: { one: 1 } },
      { level: "warn", fact: "a", fields: { one: 2 } },
    ]);
  });
});

test("a log of somebody else's is given every line, as its own method", () => {
  const lines: string[] = [];
  class Theirs {
    readonly #lines = lines;
    write(fact: string): void {
      this.#lines.push(fact);
    }
    debug = (fact: string): void => this.write(fact);
    info(fact: string): void {
      this.write(fact);
    }
    warn(fact: string): void {
      this.write(fact);
    }
    error(fact: string): void {
      this.write(fact);
    }
  }
  const log = guardedLog(new Theirs());

  for (const level of logLevels) if (level !== "silent") log[level](level);

  expect(lines).toEqual(["debug", "info", "warn", "error"]);
});

test("a log that is held says what it was told when it is released, in order, and from then on at once", () => {
  const { log, lines } = recordedLog();
  const held = heldLog(log);

  held.log.warn("queue.engine_lost", { engine: "redis:" });
  held.log.info("queue.engine_back");
  const before = [...lines];
  held.release();
  held.log.debug("later");

  expect(before).toEqual([]);
  expect(lines).toEqual([
    { level: "warn", fact: "queue.engine_lost", fields: { engine: "redis:" } },
    { level: "info", fact: "queue.engine_back", fields: {} },
    { level: "debug", fact: "later", fields: {} },
  ]);
});

import { describe, expect, test } from "vitest";
import { toEvent } from "../event/lazy-event.ts";
import { aMessage } from "../testing/builders.ts";
import { eventText } from "./view/event-text.ts";
import type { Output } from "./io.ts";
import { hasColours, paletteFor } from "./view/palette.ts";
import { stderrLog } from "./terminal-log.ts";

/** Something to write to that remembers; without colours. */
function anOutput(isTTY: boolean, isJournal = false): Output & { text(): string } {
  const written: string[] = [];
  return {
    write: (text) => void written.push(String(text)),
    writeOut: async () => undefined,
    room: async () => undefined,
    waiting: 0,
    isTTY,
    isJournal,
    columns: 80,
    palette: paletteFor(false, {}),
    text: () => written.join(""),
  };
}

describe("colours", () => {
  test.for([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [false, { FORCE_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
    [false, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
    [true, { TERM: "dumb" }, false],
  ] as const)("on a terminal (%j) with %j: %j", ([isTTY, env, expected]) => {
    expect(hasColours(isTTY, env)).toBe(expected);
  });
});

describe("the log", () => {
  const now = (): number => new Date(2026, 10, 24, 10, 3, 7, 123).getTime();

  test("is lines for a person on a terminal", () => {
    const stderr = anOutput(true);
    const log = stderrLog("info", { stderr, now });

    log.debug("not.shown");
    log.info("app.ready", { parts: "serve", url: "http://127.0.0.1:3000/" });
    log.info("server.listening", { url: "http://127.0.0.1:3000/", none: null });
    log.error("event.dead", { error: 'no "route"\u001b[2J', attempt: 3 });

    expect(stderr.text().trimEnd().split("\n")).toEqual([
      "10:03:07.123  • server.listening  url=http://127.0.0.1:3000/",
      '10:03:07.123  ✗ event.dead  error="no \\"route\\"\\u001b[2J"  attempt=3',
    ]);
  });

  test("is JSON elsewhere, which systemd's journal gets with the level in front", () => {
    const log = (stderr: Output): void => {
      stderrLog("info", { stderr, now: () => 0 }).debug("not.shown");
      stderrLog("info", { stderr, now: () => 0 }).info("app.stopped");
      stderrLog("info", { stderr, now: () => 0 }).warn("queue.full", { depth: 7 });
      stderrLog("info", { stderr, now: () => 0 }).error("event.dead");
    };
    const [pipe, journal] = [anOutput(false), anOutput(false, true)];

    log(pipe);
    log(journal);

    const lines = pipe.text().trimEnd().split("\n");
    expect(lines[1]).toBe('{"time":"1970-01-01T00:00:00.000Z","level":"warn","fact":"queue.full","depth":7}');
    expect(journal.text().trimEnd().split("\n")).toEqual([
      `<6>${lines[0]}`,
      `<4>${lines[1]}`,
      `<3>${lines[2]}`,
    ]);
  });

  test("shows what a handler in plain JavaScript logs, whatever it is", () => {
    const stderr = anOutput(true);
    const answer = Object.assign(Object.create(null) as object, { status: 503 });
    const fields = { error: new TypeError("gone"), count: 10n, answer };

    stderrLog("info", { stderr, now }).info("order.not_told", fields as never);

    expect(stderr.text().replace(/\s+/g, " ")).toContain('error="TypeError: gone" count=10 answer=');
    expect(stderr.text()).toContain("status: 503");
  });

  test("breaks between words what is wider than the terminal, below the fact", () => {
    const stderr = anOutput(true);

    stderrLog("info", { stderr, now }).warn("queue.engine_warning", {
      engine: "Redis 8.0.2",
      warning: "Redis writes no append-only file.",
    });

    expect(stderr.text().trimEnd().split("\n")).toEqual([
      '10:03:07.123  ! queue.engine_warning  engine="Redis 8.0.2"  warning="Redis',
      '                writes no append-only file."',
    ]);
  });

  test("is JSON lines elsewhere", () => {
    const stderr = anOutput(false);

    stderrLog("info", { stderr, now }).warn("queue.full", { depth: 7 });

    expect(JSON.parse(stderr.text())).toMatchObject({ level: "warn", fact: "queue.full", depth: 7 });
  });
});

describe("an event without a handler", () => {
  const body = Buffer.from('\ufeff{"eventId": "e1",\n "n": 1.0, "t": "\u009b\u202e"}');
  const message = aMessage({
    eventId: "e1\u001b",
    name: "message.sent\u0007",
    entity: "message:m1\n",
    revision: 2,
    body,
  });
  const event = toEvent(message);

  test("is printed for a person on a terminal, with nothing that acts on it", () => {
    const stdout = anOutput(true);

    stdout.write(eventText(stdout)(event));

    const [head, id, ...lines] = stdout.text().split("\n");
    expect(head).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}message\.sent\\u0007 {2}message:m1\\n$/);
    expect(id).toBe("  event e1\\u001b  revision 2");
    expect(lines).toEqual([
      "  {",
      '    "eventId": "e1",',
      '    "n": 1.0,',
      '    "t": "\\u009b\\u202e"',
      "  }",
      "",
      "",
    ]);
  });

  test("has its entity on a line of its own where both do not fit", () => {
    const stdout = { ...anOutput(true), columns: 60 };
    const entity = "message:032223da-97c1-45b6-b8c7-047fe5619d0d";

    stdout.write(
      eventText(stdout)(toEvent(aMessage({ eventId: "e1", name: "message.delivered", entity, revision: 2 }))),
    );

    const [head, second, third] = stdout.text().split("\n");
    expect(head).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}message\.delivered$/);
    expect([second, third]).toEqual([`  ${entity}`, "  event e1  revision 2"]);
  });

  test("has no word about a revision if it has none", () => {
    const stdout = anOutput(true);

    stdout.write(eventText(stdout)(toEvent({ ...message, revision: null })));

    expect(stdout.text().split("\n")[1]).toBe("  event e1\\u001b");
  });

  test("is one JSON line elsewhere, with its numbers as they came", () => {
    const stdout = anOutput(false);

    stdout.write(eventText(stdout)(event));

    expect(stdout.text().trimEnd()).not.toContain("\n");
    expect(stdout.text()).toContain('"n": 1.0');
    expect(stdout.text()).toMatch(/^[\n\u0020-\u007e]+$/);
    expect(JSON.parse(stdout.text())).toMatchObject({
      name: "message.sent\u0007",
      entity: "message:m1\n",
      revision: 2,
      body: { n: 1, t: "\u009b\u202e" },
    });
  });
});

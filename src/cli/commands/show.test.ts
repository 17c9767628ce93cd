import { describe, expect, test } from "vitest";
import type { EntityKey } from "../../event/entity.ts";
import { aDataFolder, anEvent, eventId, message, now } from "../../../test/support/program/reader.ts";

describe("show", () => {
  test("tells all of an event, with its body as it came but for white space", async () => {
    await using reader = await aDataFolder();
    const body = Buffer.from('{"z":1.0,"a":12345678901234567890,"t":"\\u001b[31m\u009b"}');
    await reader.api.settled("dead", anEvent({ body }));

    const { code, stdout } = await reader.run(["show", eventId]);

    expect(code).toBe(0);
    expect(stdout).toContain("message.delivered  ✗ dead");
    expect(stdout).toContain(`Entity      ${message}`);
    expect(stdout).toMatch(/1 {2}2026-\S+Z {5}12 ms {2}✗ failed {3}no route to host/);
    expect(stdout).toContain(
      '  {\n    "z": 1.0,\n    "a": 12345678901234567890,\n    "t": "\\u001b[31m\\u009b"\n  }',
    );
  });

  test("tells when in exact times; on a terminal by the clock that hangs there", async () => {
    await using reader = await aDataFolder();
    await reader.api.settled("handled", anEvent());

    const piped = await reader.run(["show", eventId]);
    const shown = await reader.run(["show", eventId], { columns: 100 });
    const timeline = await reader.run(["show", message]);

    expect(piped.stdout).toMatch(/^ {2}Received {4}2026-11-24T11:56:50[.]000Z$/m);
    expect(timeline.stdout).toMatch(/^ {2}Now .* ✓ handled {2}2026-11-24T11:56:50[.]000Z$/m);
    expect(shown.stdout).toMatch(/^ {2}Received {4}2026-11-2\d \d\d:\d\d:50[.]000 {2}3m ago$/m);
    expect(shown.stdout).toMatch(/^ {3}1 {2}\d\d:\d\d:\d\d[.]\d{3} {5}12 ms {2}✓ handled$/m);
  });

  test("breaks a long error between words", async () => {
    await using reader = await aDataFolder();
    const error = "Error: connection to db.example.com:5432 refused after 3 attempts, giving up for now";
    await reader.api.settled("dead", anEvent(), error);

    const { stdout } = await reader.run(["show", eventId], { columns: 80 });

    const lines = stdout.split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines).toContain(
      "  Error       Error: connection to db.example.com:5432 refused after 3 attempts,",
    );
    expect(lines).toContain("              giving up for now");
    expect(lines.find((line) => line.startsWith("   1  "))?.indexOf("✗ failed")).toBe(30);
  });

  test("gives the exact bytes, and JSON without a digit lost", async () => {
    await using reader = await aDataFolder();
    const text = '{ "a": 12345678901234567890 }';
    await reader.api.settled("handled", anEvent({ body: Buffer.from(text) }));

    const raw = await reader.run(["show", eventId, "--raw"]);
    const json = await reader.run(["show", eventId, "--json"]);

    expect(raw.stdout).toBe(text);
    expect(json.stdout).toContain("12345678901234567890");
    expect(json.stdout.trimEnd().split("\n")).toHaveLength(1);
  });

  test.for([
    [["e1", "--raw"], 1, "No event or entity has the id e1."],
    [["message:none", "--raw"], 1, "No event or entity has the id message:none."],
    [["message:one", "--raw"], 2, "--raw prints the body of one event: name an event."],
    [["e2", "--raw", "--json"], 2, "--raw and --json exclude each other: choose one."],
    [["e2", "--as", "test", "--json"], 2, "--as and --json exclude each other: choose one."],
    [["e2", "--as", "ruby"], 2, '--as is "ruby": write one of curl, test.'],
    [["message:none", "--as", "curl"], 1, "No event or entity has the id message:none."],
  ] as const)("says what is wrong with %j", async ([argv, exit, sentence]) => {
    await using reader = await aDataFolder();
    await reader.api.settled("handled", anEvent({ eventId: "e2", entity: "message:one" }));

    const { code, stderr } = await reader.run(["show", ...argv]);

    expect([code, stderr]).toEqual([exit, expect.stringContaining(sentence)]);
  });

  test("has nothing in its JSON that acts on a terminal, and is the same JSON", async () => {
    await using reader = await aDataFolder();
    const odd = { eventId: "e1", entity: "m:\u009b2J" as EntityKey };
    await reader.api.settled(
      "handled",
      anEvent({ ...odd, body: Buffer.from('{"t":\r\n"\u009b\u202e\u007f"}') }),
    );

    const event = await reader.run(["show", "e1", "--json"]);
    const entity = await reader.run(["show", odd.entity, "--json"]);
    const list = await reader.run(["events", "--json"]);

    const answers = [event, entity, list].map(({ stdout }) => stdout);
    for (const answer of answers) expect(answer).toMatch(/^[\n\u0020-\u007e]+$/);
    expect(answers.map((answer) => JSON.parse(answer) as unknown)).toMatchObject([
      { entity: odd.entity, body: { t: "\u009b\u202e\u007f" } },
      { entity: odd.entity },
      { entity: odd.entity },
    ]);
  });

  test("gives the timeline of an entity, with the time between its events and its conflicts", async () => {
    await using reader = await aDataFolder();
    await reader.api.settled("handled", anEvent({ eventId: "e1", name: "message.sent", revision: 2 }));
    const later = { revision: 4, occurredAt: now - 188_700 };
    await reader.api.settled("handled", anEvent({ eventId: "e2", name: "message.read", ...later }));
    await reader.api.settled("handled", anEvent({ eventId: "e3", revision: 1 }));

    const { stdout } = await reader.run(["show", message], { columns: 100 });

    const lines = stdout.split("\n").map((line) => line.trimEnd());
    expect(lines[0]).toBe(`${message}  3 events`);
    expect(lines[2]).toContain("message.read  ✓ handled");
    expect(lines.slice(4).map((line) => line.replace(/\d\d:\d\d:\d\d/, "hh:mm:ss"))).toEqual([
      expect.stringMatching(/^REV {2}NAME {15}STATUS {5}\d{4}-\d\d-\d\d {5}AFTER {2}EVENT ID$/),
      "  1  message.delivered  ✓ handled  hh:mm:ss.000          e3",
      "  2  message.sent       ✓ handled  hh:mm:ss.000   +0 ms  e1",
      "  4  message.read       ✓ handled  hh:mm:ss.300  +2.3 s  e2",
      "",
    ]);
  });

  test("does not call the newest events of an entity all of them", async () => {
    await using reader = await aDataFolder();
    for (let revision = 1; revision <= 1_001; revision += 1)
      await reader.api.settled("handled", anEvent({ eventId: `e${revision}`, revision }));

    const { stdout, stderr } = await reader.run(["show", message]);

    expect(stdout.split("\n")[0]).toBe(`${message}  the newest 1,000 events`);
    expect(stderr).toContain(`There may be more: hookwell events --entity ${message}`);
  });

  test("takes an id as a table shows it, if only one is meant", async () => {
    await using reader = await aDataFolder();
    await reader.api.settled("handled", anEvent());
    await reader.api.settled("handled", anEvent({ eventId: "5c4dffff-0000-4f5e-9d53-1a2b3c4d5e6f" }));

    const one = await reader.run(["show", "5c4d0c…d5e6f", "--json"]);
    const two = await reader.run(["show", "5c4d…d5e6f"]);
    const none = await reader.run(["show", "ffff…"]);

    expect(one.stdout).toContain(eventId);
    expect([two.code, two.stderr]).toEqual([2, expect.stringContaining("may mean")]);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("None of the newest events")]);
  });

  test("takes a dead letter's id as its table shows it, though many events came after it", async () => {
    await using reader = await aDataFolder();
    await reader.api.settled("dead", anEvent());
    for (let number = 1; number <= 10_000; number += 1)
      await reader.api.settled("handled", anEvent({ eventId: `e${number}`, entity: "message:other" }));

    const { code, stdout } = await reader.run(["show", "5c4d0c…d5e6f"]);

    expect(code).toBe(0);
    expect(stdout).toContain(`Event       ${eventId}`);
  });

  test("prints what repeats an event, or all of an entity in the order in which they were received", async () => {
    await using reader = await aDataFolder();
    const arrived = [
      ["e3", 3],
      ["e1", 1],
      ["e2", 2],
    ] as const;
    for (const [eventId, revision] of arrived)
      await reader.api.settled("handled", anEvent({ eventId, revision, name: `message.${eventId}` }));

    const event = await reader.run(["show", "e2", "--as", "test"]);
    const script = await reader.run(["show", message, "--as", "curl"]);
    const testCase = await reader.run(["show", message, "--as", "test"]);

    const idsIn = (text: string): readonly string[] => text.match(/(?<="eventId": ?")e\d/g) ?? [];
    expect(idsIn(event.stdout)).toEqual(["e2"]);
    expect(script.stdout.startsWith("#!/bin/sh\n")).toBe(true);
    expect(idsIn(script.stdout)).toEqual(["e3", "e1", "e2"]);
    expect(idsIn(testCase.stdout)).toEqual(["e3", "e1", "e2"]);
    expect(testCase.stdout).toContain(`test("${message} is handled"`);
  });

  test("says so if there is no such event", async () => {
    await using reader = await aDataFolder();

    const { code, stderr } = await reader.run(["show", "gone"]);

    expect(code).toBe(1);
    expect(stderr).toContain("✗ No event or entity has the id gone.");
  });
});

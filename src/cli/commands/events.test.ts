import { describe, expect, test } from "vitest";
import { runCli } from "../../../test/support/program/cli.ts";
import { aDataFolder, anEvent, eventId, message, now } from "../../../test/support/program/reader.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";

describe("events", () => {
  test("are a table that fits 80 columns", async () => {
    await using reader = await aDataFolder();
    await reader.api.settled("handled", anEvent());
    await reader.api.settled(
      "dead",
      anEvent({ eventId: "e2", revision: null, state: null, receivedAt: now - 500 }),
    );

    const { code, stdout } = await reader.run(["events"], { columns: 80 });

    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual([
      "RECEIVED  NAME               ENTITY            REV  STATUS     EVENT ID",
      "now       message.delivered  message:…a7c0e55    –  ✗ dead     e2",
      "3m ago    message.delivered  message:…a7c0e55    1  ✓ handled  5c4d0c1e…3c4d5e6f",
    ]);
  });

  test.each([60, 80])("fit %d columns with long names, which are told apart", async (columns) => {
    await using reader = await aDataFolder();
    const names = ["Added", "Removed", "Updated"].map((what) => `conversation.participant${what}`);
    for (const name of names) await reader.api.settled("dead", anEvent({ eventId: `${name}-e`, name }));

    const { stdout } = await reader.run(["events"], { columns });
    const deadLetters = await reader.run(["dead-letters", "list"], { columns });
    const timeline = await reader.run(["show", message], { columns });

    const lines = [stdout, deadLetters.stdout, timeline.stdout].flatMap((text) => text.trimEnd().split("\n"));
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    const shown = lines.map((line) => /conv\S+/.exec(line)?.[0]).filter((name) => name !== undefined);
    expect(new Set(shown.slice(0, 3)).size).toBe(3);
  });

  test("say on stderr that there are more, for programs if they did not say how many they want", async () => {
    await using reader = await aDataFolder();
    for (let at = 0; at < 51; at += 1) await reader.api.settled("dead", anEvent({ eventId: `e${at}` }));

    const table = await reader.run(["dead-letters", "list"]);
    const json = await reader.run(["events", "--json"]);
    const asked = await reader.run(["events", "--json", "--limit", "50"]);

    expect([json, asked].map(({ stdout }) => stdout.trimEnd().split("\n").length)).toEqual([50, 50]);
    expect([table.stderr, json.stderr, asked.stderr]).toEqual([
      "The newest 50; there are more: --limit 200\n",
      "The newest 50; there are more: --limit 200\n",
      "",
    ]);
  });

  test("are whole in a pipe, with exact times", async () => {
    await using reader = await aDataFolder();
    await reader.api.settled("handled", anEvent());

    const { stdout } = await reader.run(["events"]);

    expect(stdout).toContain(
      `2026-11-24T11:56:50.000Z  message.delivered  ${message}    1  ✓ handled  ${eventId}`,
    );
  });

  test("are one JSON object per line for programs, over as many pages as it takes", async () => {
    await using reader = await aDataFolder();
    for (let at = 0; at < 1_100; at += 1) await reader.api.settled("handled", { eventId: `e${at}` });

    const { code, stdout } = await reader.run(["events", "--json", "--limit", "1050"]);

    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(1_050);
    expect(new Set(lines.map((line) => (JSON.parse(line) as { eventId: string }).eventId)).size).toBe(1_050);
  });

  test("can be narrowed; what is wrong with a condition is one sentence", async () => {
    await using reader = await aDataFolder();
    await reader.api.settled("handled", anEvent());
    await reader.api.settled("dead", anEvent({ eventId: "e2" }));

    const dead = await reader.run(["events", "--status", "dead", "--since", "24h", "--json"]);
    const wrong = await reader.run(["events", "--status", "daed"]);
    const noName = await reader.run(["events", "--name", "*.failed"]);
    const unclear = await reader.run(["events", "--since", "yesterday"]);
    const empty = await reader.run(["events", "--entity", "", "--text", ""]);

    expect(dead.stdout.trimEnd().split("\n")).toHaveLength(1);
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("write one of pending, retrying"),
    ]);
    expect([noName.code, noName.stderr]).toEqual([
      2,
      expect.stringContaining('--name is "*.failed": write a name'),
    ]);
    expect([unclear.code, unclear.stderr]).toEqual([
      2,
      expect.stringContaining('--since is "yesterday": write a time such as'),
    ]);
    expect([empty.code, empty.stderr]).toEqual([
      2,
      expect.stringMatching(/--entity is "": write an entity such as .*--text is "": write some text\./),
    ]);
  });

  test("that do not exist are no failure, and stdout stays empty", async () => {
    await using reader = await aDataFolder();

    const finished = await reader.run(["events"]);

    expect(finished).toEqual({ code: 0, stdout: "", stderr: "No events match.\n" });
  });

  test.each(["events", "dead-letters list"])(
    "that cannot exist, since the time ends before it begins, are told as that: %s",
    async (command) => {
      await using reader = await aDataFolder();

      const { code, stderr } = await reader.run([...command.split(" "), "--since", "1h", "--until", "2h"]);

      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining("--since is 1h, which is not before --until with 2h"),
      ]);
    },
  );
});

test("without a data folder and a server there is nothing to read, and a sentence says what to do", async () => {
  await using folder = await tempFolder();

  const { code, stderr } = await runCli(["events"], { cwd: folder.path });

  expect(code).toBe(2);
  expect(stderr).toContain(".hookwell does not exist: start Hookwell with `hookwell serve`");
});

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderThatAnswers, runCli } from "../../../test/support/program/cli.ts";
import { aDataFolder, anEvent, eventId } from "../../../test/support/program/reader.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";

describe("dead-letters", () => {
  test("are listed with their errors", async () => {
    await using reader = await aDataFolder();
    await reader.api.settled("dead", anEvent());

    const { stdout } = await reader.run(["dead-letters", "list"], { columns: 80 });

    expect(stdout.trimEnd().split("\n")).toEqual([
      "RECEIVED  NAME               ENTITY        EVENT ID      TRIES  ERROR",
      "3m ago    message.delivered  messag…c0e55  5c4d0c…d5e6f      1  no route to host",
    ]);
  });

  test("are replayed by condition or by id, but never all by accident", async () => {
    await using reader = await aDataFolder();
    await reader.api.settled("dead", anEvent());
    await reader.api.settled("dead", anEvent({ eventId: "e2", name: "chat.closed" }));

    const accident = await reader.run(["dead-letters", "replay"]);
    const dry = await reader.run(["dead-letters", "replay", "--text", "no route", "--dry-run"]);
    const one = await reader.run(["dead-letters", "replay", eventId]);
    const json = await reader.run(["dead-letters", "replay", "--name", "chat.*", "--json"]);

    expect([accident.code, accident.stderr]).toEqual([2, expect.stringContaining("or use --all.")]);
    expect(dry.stdout).toBe("2 dead letters would be replayed. Nothing was changed.\n");
    expect(one.stdout).toBe("✓ 1 dead letter replayed.\n");
    expect(JSON.parse(json.stdout)).toEqual({ matched: 1, replayed: 1 });
  });

  test("are not replayed one by one if all of them were asked for as well", async () => {
    await using reader = await aDataFolder();
    await reader.api.settled("dead", anEvent());

    const { code, stdout, stderr } = await reader.run(["dead-letters", "replay", "--all", eventId]);

    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Event ids and --all exclude each other: choose one.");
  });

  test("are missed if an id that was named for a replay is that of none", async () => {
    await using reader = await aDataFolder();
    await reader.api.settled("dead", anEvent());

    const some = await reader.run(["dead-letters", "replay", eventId, "5c4d0c…d5e6f"]);
    const none = await reader.run(["dead-letters", "replay", "gone"]);
    const filtered = await reader.run(["dead-letters", "replay", eventId, "--name", "chat.*"]);

    expect([some.code, some.stdout]).toEqual([1, "✓ 1 dead letter replayed.\n"]);
    expect(some.stderr).toContain("No dead letter has the id 5c4d0c…d5e6f: name whole ids,");
    expect([none.code, none.stdout]).toEqual([1, "– 0 dead letters replayed.\n"]);
    expect(none.stderr).toContain("No dead letter has the id gone: name whole ids,");
    expect(none.stderr.replaceAll(/\s+/g, " ")).toContain("`hookwell show ID` tells whether it was replayed");
    expect(filtered.stderr).toContain("No dead letter that matches the conditions has the id");
  });

  test("are named if they are none, but not hundreds of them", async () => {
    await using reader = await aDataFolder();
    const ids = Array.from({ length: 7 }, (_, index) => `gone${index}`);

    const { code, stderr } = await reader.run(["dead-letters", "replay", ...ids]);

    expect(code).toBe(1);
    expect(stderr).toContain("the ids gone0, gone1, gone2, gone3, gone4 and 2 more: name whole ids,");
  });

  test("that are none are not passed over if an older server does not name them", async () => {
    await using folder = await tempFolder();
    await mkdir(join(folder.path, ".hookwell"));
    const openLocalApi = folderThatAnswers(async () => Response.json({ matched: 1, replayed: 1 }));

    const world = { cwd: folder.path, openLocalApi };
    const { code, stderr } = await runCli(["dead-letters", "replay", eventId, "gone"], world);

    expect(code).toBe(1);
    expect(stderr).toContain("Not each of these ids is that of a dead letter: name whole ids,");
  });

  test("are removed one by one, and those that are not there are named", async () => {
    await using reader = await aDataFolder();
    await reader.api.settled("dead", anEvent());

    const { code, stdout, stderr } = await reader.run(["dead-letters", "remove", "gone", eventId, "neither"]);

    expect(code).toBe(1);
    expect(stdout).toBe(`✓ ${eventId}: removed\n`);
    expect(stderr).toBe("✗ gone: No dead letter has this id.\n✗ neither: No dead letter has this id.\n");
  });
});

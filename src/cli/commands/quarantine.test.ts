import { describe, expect, test } from "vitest";
import { aDataFolder } from "../../../test/support/program/reader.ts";

describe("quarantine", () => {
  test("is listed, shown, rechecked and emptied", async () => {
    await using reader = await aDataFolder();
    reader.api.parts.quarantine.keep("41", Buffer.from('{"a":[1]}'));
    reader.api.parts.quarantine.keep("42", Buffer.from([0xff, 0x00, 0x41]));

    const list = await reader.run(["quarantine", "list"], { columns: 80 });
    const json = await reader.run(["quarantine", "show", "41"]);
    const bytes = await reader.run(["quarantine", "show", "42"]);
    const removed = await reader.run(["quarantine", "remove", "42"]);
    const recheck = await reader.run(["quarantine", "recheck"]);

    expect(list.stdout.split("\n")[1]).toMatch(
      /^\d+d ago +42 +mismatch +3 bytes +The signature is of no active sec/,
    );
    expect(json.stdout).toContain("mismatch  The signature is of no active secret.");
    expect(json.stdout).toMatch(/^ {2}Received {4}\d{4}-\d\d-\d\dT\S+Z$/m);
    expect(json.stdout).toContain("content-type: application/json");
    expect(json.stdout).toContain('  {\n    "a": [\n      1\n    ]\n  }');
    expect(bytes.stdout).toContain("000000  ff 00 41");
    expect(removed.stdout).toBe("✓ 42: removed\n");
    expect(recheck.stdout).toBe("✓ 1 request checked, 1 genuine now and queued.\n");
  });

  test("counts many as everything else is counted", async () => {
    await using reader = await aDataFolder();
    for (let id = 1; id <= 1_000; id += 1) reader.api.parts.quarantine.keep(String(id), Buffer.from("{}"));

    const { stdout } = await reader.run(["quarantine", "recheck"]);

    expect(stdout).toBe("✓ 1,000 requests checked, 1,000 genuine now and queued.\n");
  });

  test("that is empty says that there may be others, in help, too", async () => {
    await using reader = await aDataFolder();

    const list = await reader.run(["quarantine", "list"]);
    const narrow = await reader.run(["quarantine", "list"], { columns: 60 });
    const help = await reader.run(["quarantine", "--help"]);

    expect([list.code, list.stderr]).toEqual([
      0,
      "The quarantine here is empty. ✓ Receivers on other machines keep their own.\n",
    ]);
    expect(narrow.stderr).toBe(
      "The quarantine here is empty. ✓ Receivers on other machines\nkeep their own.\n",
    );
    expect(help.stdout).toContain("Receivers on other machines keep a quarantine of their own");
  });

  test("has nothing in its JSON that acts on a terminal, whatever a stranger has sent", async () => {
    await using reader = await aDataFolder();
    reader.api.parts.quarantine.keep("\u009b2J", Buffer.from("not JSON"));

    const list = await reader.run(["quarantine", "list", "--json"]);
    const one = await reader.run(["quarantine", "show", "\u009b2J", "--json"]);

    expect([list.stdout, one.stdout]).toEqual([
      expect.stringContaining('"id":"\\u009b2J"'),
      expect.stringContaining('"id":"\\u009b2J"'),
    ]);
  });

  test("gives the exact bytes of a request, and says if there is none", async () => {
    await using reader = await aDataFolder();
    reader.api.parts.quarantine.keep("41", Buffer.from("not JSON\n"));

    const raw = await reader.run(["quarantine", "show", "41", "--raw"]);
    const gone = await reader.run(["quarantine", "show", "1"]);
    const both = await reader.run(["quarantine", "show", "41", "--raw", "--json"]);

    expect(raw.stdout).toBe("not JSON\n");
    expect([both.code, both.stderr]).toEqual([
      2,
      expect.stringContaining("--raw and --json exclude each other: choose one."),
    ]);
    expect([gone.code, gone.stderr]).toEqual([
      1,
      expect.stringContaining("No request in the quarantine has the id 1"),
    ]);
  });
});

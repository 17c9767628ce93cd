import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { program, start } from "../support/program/built.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("the demo shows everything within ten seconds, and leaves nothing behind", async () => {
  await using temp = await tempFolder();
  const startedAt = performance.now();
  await using demo = await start(process.execPath, [program, "demo"], {
    cwd: temp.path,
    env: { TMPDIR: temp.path },
    ready: /Ctrl-C/,
  });
  const addresses = demo.lines.join("\n").match(/http:\S+/g) ?? [];

  await eventually(() => {
    const words = demo.lines.flatMap((line) => /^ {5}\S+ {2}(\w+)/.exec(line)?.[1] ?? []);
    expect(words).toEqual(
      expect.arrayContaining(["accepted", "duplicate", "obsolete", "retrying", "dead", "handled"]),
    );
  });
  const tookMs = performance.now() - startedAt;
  const console = await fetch(addresses[0] ?? "");
  process.kill(demo.pid, "SIGINT");

  expect(await demo.exited).toBe(0);
  expect(tookMs).toBeLessThan(10_000);
  expect(console.status).toBe(200);
  expect(demo.lines.join("\n")).not.toContain("\u001b");
  expect(addresses).toHaveLength(3);
  for (const address of addresses) await expect(fetch(address)).rejects.toThrow("fetch failed");
  expect(await readdir(temp.path)).toEqual([]);
});

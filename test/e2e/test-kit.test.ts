import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { root } from "../support/program/built.ts";
import { fileIn } from "../support/program/pages.ts";
import { tempProject } from "../support/program/project.ts";

const run = promisify(execFile);

/** Two tests of a user, for a runner that has a function `test`. */
const suite = (runner: string): string => `
import assert from "node:assert/strict";
import { test } from "${runner}";
import { createTestKit } from "hookwell/testing";

for (const count of [1, 2])
  test("a kit of its own handles " + count, async () => {
    const seen: string[] = [];
    await using kit = await createTestKit({
      handlers: {
        "message.failed": (event, { attempt }) => {
          seen.push(event.payload.details.channel + " " + attempt);
          if (attempt === 1) throw new Error("not yet");
        },
      },
    });

    for (let left = count; left > 0; left -= 1)
      kit.sandbox.emit("message.failed", { payload: { details: { channel: "sms" } } });
    await kit.settled();
    await kit.advance("1s");

    assert.deepEqual(seen, [...Array(count).fill("sms 1"), ...Array(count).fill("sms 2")]);
    assert.equal(kit.handled().length, count);
  });
`;

/** Runs the tests of a project; resolves only if all pass. */
async function runIn(files: Readonly<Record<string, string>>, argv: readonly string[]): Promise<string> {
  await using project = await tempProject(files, ["vitest", "@types"]);
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, VITEST: undefined, NO_COLOR: "1" };
  const { stdout } = await run(process.execPath, argv, { cwd: project.path, env });
  return stdout;
}

const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run"];

test("the built package tests handlers under node --test", async () => {
  const output = await runIn({ "it.test.ts": suite("node:test") }, ["--test"]);

  expect(output).toMatch(/pass 2\n/);
});

test("the built package tests handlers under Vitest", async () => {
  const output = await runIn({ "it.test.ts": suite("vitest") }, vitest);

  expect(output).toContain("2 passed");
});

test("the tests of the page pass", async () => {
  const names = ["handlers.ts", "handlers.test.ts", "sender.test.ts"];
  const files = Object.fromEntries(names.map((name) => [name, fileIn("docs/test.md", name)]));

  expect(await runIn(files, vitest)).toMatch(/Tests +3 passed/);
});

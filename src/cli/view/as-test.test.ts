import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { received } from "../../../test/support/program/received.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { asTest } from "./as-test.ts";

const run = promisify(execFile);
const kit = new URL("../../kit/index.ts", import.meta.url).href;

const sent =
  '{"eventId":"e1","name":"message.sent","payload":{"id":"m","t":"`${x}` \\\\"},"n":12345678901234567890}';
const failed = '{"eventId":"e2","name":"message.failed","payload":{"id":"m"},"revision":3}';
const text = asTest("message:m", [
  received(sent),
  received(failed, {
    name: "message.failed",
    receivedAt: "2026-11-24T12:00:02.300Z",
    status: "dead",
    attempts: 12,
    error: "Error: no\u2028route",
  }),
]);

/** Runs a test case as its reader would, with handlers in it. */
async function runTest(handlers: string): Promise<{ readonly code: number; readonly stdout: string }> {
  await using folder = await tempFolder();
  const file = join(folder.path, "it.test.ts");
  const own = text.replace('"hookwell/testing"', JSON.stringify(kit)).replace("= {};", `= ${handlers};`);
  await writeFile(file, own);
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  return await run(process.execPath, ["--test-reporter=tap", file], { env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { readonly code: number; readonly stdout: string }) => ({ code, stdout }),
  );
}

test("a test case delivers what came, with its pauses, and passes if no handler fails", async () => {
  const { code, stdout } = await runTest(
    '{ "*": (event) => console.log(event.receivedAt.toISOString(), JSON.stringify(event.text), event.payload) }',
  );

  expect(stdout).toContain("ok 1 - message:m is handled");
  expect(code).toBe(0);
  expect(stdout).toContain("2026-11-24T12:00:00.000Z");
  expect(stdout).toContain("12345678901234567890");
  expect(stdout).toContain("'`${x}` \\\\'");
  expect(stdout).toContain("2026-11-24T12:00:02.300Z");
});

test("a test case fails if a handler does, and says with which event and error", async () => {
  const { code, stdout } = await runTest('{ "message.failed": () => { throw new Error("no such order") } }');

  expect(code).toBe(1);
  expect(stdout).toContain("error: 'Error: no such order'");
});

test("a test case tells what became of each event", () => {
  expect(text).toContain("  // message.sent: handled\n");
  expect(text).toContain("  // message.failed: dead after 12 attempts, Error: no\\u2028route\n");
});

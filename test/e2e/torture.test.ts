import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { trials } from "../../torture/trials.ts";
import type { TrialResult } from "../../torture/summary.ts";
import { root } from "../support/program/built.ts";
import { needsMount } from "../support/disk.ts";
import { tempFolder } from "../support/temp-folder.ts";

const run = promisify(execFile);

/** One short run of all faults; what is done in it is the same each time, when it is done is not. */
const seed = process.env["TEST_SEED"] ?? "20260702";
const played = new Map<string, TrialResult>();
let output = "";

beforeAll(async () => {
  await using folder = await tempFolder();
  const json = join(folder.path, "results.json");
  const args = [join(root, "torture/run.ts"), "--quick", "--seed", seed, "--json", json];
  // It ends with 1 where a promise was broken; which one, the results say.
  output = await run(process.execPath, args).then(
    ({ stdout }) => stdout,
    (error: { readonly stdout: string; readonly stderr: string }) => error.stdout + error.stderr,
  );
  const text = await readFile(json, "utf8").catch((cause: unknown) => {
    throw new Error(`The torture ended without results:\n${output}`, { cause });
  });
  const { results } = JSON.parse(text) as { readonly results: readonly TrialResult[] };
  for (const result of results) played.set(result.fault, result);
}, 900_000);

test.for(trials.map(({ name, about }) => ({ name, about })))(
  "torture, $name: $about",
  ({ name }, context) => {
    if (name === "disk-full" || name === "read-only") needsMount(context);

    const result = played.get(name);

    const { violations, brokenOff } = result ?? {};
    const seen = { violations, brokenOff };
    expect(seen, `Seed ${seed} (TEST_SEED=${seed} plays it again):\n${output}`).toEqual({ violations: [] });
    expect(result?.rounds).toBeGreaterThan(0);
    expect(result?.acknowledged).toBeGreaterThan(0);
  },
);

test("the kills of the torture met handlers at work, and those ran again", () => {
  const again = [...played.values()].reduce((sum, { handledAgain }) => sum + handledAgain, 0);

  // Else no crash met anything under way, and all of this proves nothing.
  expect(again).toBeGreaterThan(0);
});

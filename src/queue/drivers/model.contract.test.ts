import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { useHandClock } from "../../../test/support/hand-clock.ts";
import {
  memoryQueueHarness,
  sqliteQueueHarness,
  sqliteQueueTablesHarness,
} from "../../../test/support/drivers/queue-harnesses.ts";
import { stalling } from "../../../test/support/drivers/stalling.ts";
import { playQueue } from "../../testing/queue-driver/steps.ts";

/** MODEL_RUNS=100 plays a hundred times as much. A failure tells its shortest play, and how to see it again. */
const more = Number(process.env["MODEL_RUNS"] ?? 1);
const timeout = 60_000 * more;

describe("on a clock that is moved by hand", () => {
  const clock = useHandClock();

  test.for([
    { engine: "the memory queue", harness: () => memoryQueueHarness(clock) },
    { engine: "the tables of the SQLite queue", harness: () => sqliteQueueTablesHarness(clock) },
  ])("$engine does what the model does", { timeout }, async ({ harness }) => {
    await expect(
      playQueue(fc, harness, {
        runs: 40 * more,
        steps: 120,
        limitMs: 30_000 * more,
        leaseMs: 1_000,
      }),
    ).resolves.toBeUndefined();
  });

  test("the model blames no engine for a machine that stalls", { timeout }, async () => {
    const leaseMs = 1_000;
    const harness = async () => stalling(await memoryQueueHarness(clock), clock, 2 * leaseMs);
    const options = { runs: 40 * more, steps: 120, limitMs: 30_000 * more, leaseMs };

    await expect(playQueue(fc, harness, options)).resolves.toBeUndefined();
  });
});

test("the SQLite queue does what the model does", { timeout }, async () => {
  await expect(
    playQueue(fc, sqliteQueueHarness, {
      runs: 3 * more,
      steps: 60,
      limitMs: 30_000 * more,
      leaseMs: 300,
    }),
  ).resolves.toBeUndefined();
});

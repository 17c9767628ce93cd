import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { useHandClock } from "../../../test/support/hand-clock.ts";
import {
  memoryLedgerHarness,
  sqliteLedgerHarness,
  sqliteLedgerTablesHarness,
} from "../../../test/support/drivers/ledger-harnesses.ts";
import { playLedger } from "../../testing/ledger-driver/steps.ts";

/** MODEL_RUNS=100 plays a hundred times as much. A failure tells its shortest play, and how to see it again. */
const more = Number(process.env["MODEL_RUNS"] ?? 1);
const timeout = 60_000 * more;

describe("on a clock that is moved by hand", () => {
  const clock = useHandClock();

  /** Small, so that keys are sealed and merged all the time. */
  const sizes = { sealAfter: 5, fanout: 2, sliceEntries: 8, chunkEntries: 4, pieceBytes: 16 };

  test.for([
    { engine: "the memory ledger", harness: () => memoryLedgerHarness(clock) },
    { engine: "the tables of the SQLite ledger", harness: () => sqliteLedgerTablesHarness(clock, sizes) },
  ])("$engine does what the model does", { timeout }, async ({ harness }) => {
    await expect(
      playLedger(fc, harness, { runs: 40 * more, steps: 120, limitMs: 30_000 * more }),
    ).resolves.toBeUndefined();
  });
});

test("the SQLite ledger does what the model does", { timeout }, async () => {
  await expect(
    playLedger(fc, sqliteLedgerHarness, { runs: 3 * more, steps: 60, limitMs: 30_000 * more }),
  ).resolves.toBeUndefined();
});

import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { encodeMessage } from "../../../event/message.ts";
import { openDatabase } from "../../../lib/sqlite/sqlite.ts";
import { aMessage } from "../../../testing/builders.ts";
import type { Outcome } from "../../driver.ts";
import { ledgerSchema } from "./schema.ts";
import { SqliteLedgerStore } from "./store.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("a slow event is shown soon, also if the clock is set back meanwhile", async () => {
  await using folder = await tempFolder();
  using db = openDatabase(join(folder.path, "ledger.db"), ledgerSchema);
  const store = new SqliteLedgerStore(db);
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  const message = aMessage();
  store.admission.admit(encodeMessage(message));

  vi.setSystemTime(Date.now() - 3_600_000);
  vi.advanceTimersByTime(300);
  store.admission.showSlow();

  expect(store.get(message.eventId)).toMatchObject({ status: "pending" });
});

test("a start that is written down twice counts once, and an earlier success stays in the log behind it", async () => {
  await using folder = await tempFolder();
  using db = openDatabase(join(folder.path, "ledger.db"), ledgerSchema);
  const store = new SqliteLedgerStore(db);
  const message = aMessage();
  const { eventId } = message;
  const settle = (outcome: Outcome): unknown =>
    store.admission.settle([{ eventId, outcome, conflict: false, startedAt: 1, endedAt: 2 }]);
  store.admission.admit(encodeMessage(message));
  settle({ kind: "handled" });

  store.admission.admit(encodeMessage({ ...message, copy: "once more", replay: true }));
  const begun = [store.admission.begin(eventId, 3), store.admission.begin(eventId, 3)];
  settle({ kind: "dead", error: "gave up" });

  // Else the second would be admitted once more, and counted.
  expect(begun).toEqual([true, true]);
  const log = store.get(eventId)?.attemptLog.map(({ outcome, error }) => [outcome, error]);
  expect(log).toEqual([
    ["handled", null],
    ["failed", "gave up"],
  ]);
});

import { join } from "node:path";
import { expect, test } from "vitest";
import { openLedgerTables } from "../../../../test/support/ledger/ledger-tables.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { encodeMessage, type Message } from "../../../event/message.ts";
import { openDatabase, transaction } from "../../../lib/sqlite/sqlite.ts";
import { aMessage } from "../../../testing/builders.ts";
import { ledgerSchema } from "./schema.ts";
import { SqliteLedgerStore } from "./store.ts";

/** The least time of many tries, in ms: what else the machine does is not in it. */
function fastest(work: () => unknown): number {
  const tries = Array.from({ length: 20 }, () => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  });
  return Math.min(...tries);
}

test("a page of changes costs what it shows, also for a reader who was away while many slow events were handled", async () => {
  await using folder = await tempFolder();
  using db = openDatabase(join(folder.path, "ledger.db"), ledgerSchema);
  const store = new SqliteLedgerStore(db);
  const handleSlowly = (message: Message): void => {
    const { eventId } = message;
    store.admission.admit(encodeMessage(message));
    store.admission.begin(eventId, 1);
    const outcome = { kind: "handled" } as const;
    store.admission.settle([{ eventId, outcome, conflict: false, startedAt: 1, endedAt: 2 }]);
  };
  transaction(db, () => {
    for (let count = 0; count < 20_000; count += 1) handleSlowly(aMessage());
  });

  const [young = 0, old = 0] = [store.change - 3, 0].map((after) => fastest(() => store.changes(after, 1)));

  expect(old).toBeLessThan(young * 5);
});

test("no change gets the number of a repeat that was counted before a restart", async () => {
  await using folder = await tempFolder();
  using ledger = openLedgerTables(join(folder.path, "ledger.db"));
  const message = aMessage();
  ledger.handle([message]);
  ledger.handle([{ ...message, copy: "sent again" }]);

  expect(ledger.restarted().change).toBe(ledger.store.change);
});

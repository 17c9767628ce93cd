import { join } from "node:path";
import { encodeMessage } from "../../../src/event/message.ts";
import type { LedgerDriver } from "../../../src/ledger/driver.ts";
import { noTransaction, wholeShare } from "../../../src/ledger/embedded-ledger.ts";
import { memoryLedger } from "../../../src/ledger/drivers/memory/ledger.ts";
import { MemoryLedgerStore } from "../../../src/ledger/drivers/memory/store.ts";
import type { KeySizes } from "../../../src/ledger/drivers/sqlite/keys/keys.ts";
import { toColumns, fromColumns } from "../../../src/ledger/drivers/sqlite/settlement-columns.ts";
import { openSqliteLedger } from "../../../src/ledger/drivers/sqlite/ledger.ts";
import { sqliteReport } from "../../../src/lib/sqlite/sqlite.ts";
import type { PlayClock } from "../../../src/testing/play.ts";
import type { LedgerPlayHarness } from "../../../src/testing/ledger-driver/random-play.ts";
import { driverHarness } from "./driver-harness.ts";
import { openLedgerTables } from "../ledger/ledger-tables.ts";
import { tempFolder } from "../temp-folder.ts";

export async function memoryLedgerHarness(clock: PlayClock): Promise<LedgerPlayHarness> {
  const store = new MemoryLedgerStore();
  return { clock, ...driverHarness(() => memoryLedger(store, clock.now)) };
}

export async function sqliteLedgerHarness(): Promise<LedgerPlayHarness> {
  const folder = await tempFolder();
  return driverHarness(
    () => openSqliteLedger(join(folder.path, "ledger.db")),
    () => folder[Symbol.asyncDispose](),
  );
}

/**
 * The tables of the embedded ledger without their thread, with segments as small as given. Upkeep takes none, one or
 * two turns after each call, so that calls meet half-done upkeep, and closing leaves some half done.
 */
function openTables(path: string, sizes: KeySizes): LedgerDriver {
  const { store, run, upkeep, close } = openLedgerTables(path, sizes);
  let calls = 0;
  const call = async <T>(work: () => T): Promise<T> => {
    run(() => store.admission.showSlow());
    const result = run(work);
    calls += 1;
    for (let turn = 0; turn < calls % 3; turn += 1) upkeep();
    return result;
  };
  return {
    isShared: false,
    share: async (shards) => wholeShare(shards),
    history: async () => "in a test",
    release: async () => undefined,
    transaction: noTransaction,
    report: async () => sqliteReport("ledger.db"),
    workerWarnings: async () => [],
    admit: (messages) => call(() => messages.map((message) => store.admission.admit(encodeMessage(message)))),
    begin: ({ eventId }, startedAt) => call(() => void store.admission.begin(eventId, startedAt)),
    settle: async (settlements) => {
      await call(() => void store.admission.settle(fromColumns(toColumns(settlements))));
      return [];
    },
    get: (eventId) => call(() => store.get(eventId)),
    list: (filter, limit, cursor) => call(() => store.list.page(filter, limit, cursor)),
    timeline: (entity, limit) => call(() => store.timeline(entity, limit)),
    changes: (after, limit) => call(() => store.changes(after, limit)),
    latestChange: () => call(() => store.change),
    message: (eventId) => call(() => store.message(eventId)),
    reopen: (eventId, copy) => call(() => store.admission.reopen(eventId, copy)),
    stats: () => call(() => store.totals.read()),
    removeDead: (eventId) => call(() => store.removeDead(eventId)),
    prune: async (before) => {
      let removed = 0;
      for (;;) {
        const some = await call(() => store.prune(before));
        removed += some;
        if (some === 0) return removed;
      }
    },
    close: async () => close(),
  };
}

export async function sqliteLedgerTablesHarness(
  clock: PlayClock,
  sizes: KeySizes,
): Promise<LedgerPlayHarness> {
  const folder = await tempFolder();
  const open = (): LedgerDriver => openTables(join(folder.path, "ledger.db"), sizes);
  return { clock, ...driverHarness(open, () => folder[Symbol.asyncDispose]()) };
}

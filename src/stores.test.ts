import { expect, test, vi } from "vitest";
import { tempFolder } from "../test/support/temp-folder.ts";
import { loadConfig } from "./config/load-config.ts";
import { ClosedError } from "./errors.ts";
import { silentLog } from "./log.ts";
import { openStores } from "./stores.ts";

test("a store that cannot be closed keeps none of the others open", async () => {
  await using folder = await tempFolder();
  const env = { HOOKWELL_QUEUE: "memory:", HOOKWELL_LEDGER: "memory:", HOOKWELL_SECRET: "s".repeat(36) };
  const config = await loadConfig({ env, flags: { data: folder.path }, cwd: folder.path });
  const opening = { config, log: silentLog, withLedger: true, receives: true, isServer: true };
  const stores = await openStores(opening);
  vi.spyOn(stores.queue, "close").mockRejectedValue(new Error("the disk is broken"));

  await expect(stores.close()).rejects.toThrow("the disk is broken");

  await expect(stores.ledger?.stats()).rejects.toThrow(ClosedError);
  await expect(stores.quarantine.count()).rejects.toThrow(ClosedError);
});

import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { tempFolder } from "../test/support/temp-folder.ts";
import { loadConfig } from "./config/load-config.ts";
import { ClosedError } from "./errors.ts";
import { silentLog } from "./log.ts";
import { openStores, type StoresOptions } from "./stores.ts";

/** What a server opens whose engines are in memory. */
async function openingOf(data: string): Promise<StoresOptions> {
  const env = { HOOKWELL_QUEUE: "memory:", HOOKWELL_LEDGER: "memory:", HOOKWELL_SECRET: "s".repeat(36) };
  const config = await loadConfig({ env, flags: { data }, cwd: data });
  return { config, log: silentLog, withLedger: true, receives: true, isServer: true };
}

test.for([
  { who: "a server", isServer: true, stays: false },
  { who: "a command that only looks", isServer: false, stays: true },
])("what a killed process left of its secrets: $who", async ({ isServer, stays }) => {
  await using folder = await tempFolder();
  const left = join(folder.path, "secrets.json.0123456789ab.tmp");
  await writeFile(left, "");
  await utimes(left, 0, 0);

  const stores = await openStores({ ...(await openingOf(folder.path)), isServer });
  await stores.close();

  const names = await readdir(folder.path);
  expect(names.some((name) => name.endsWith(".tmp"))).toBe(stays);
});

test("a store that cannot be closed keeps none of the others open", async () => {
  await using folder = await tempFolder();
  const stores = await openStores(await openingOf(folder.path));
  vi.spyOn(stores.queue, "close").mockRejectedValue(new Error("the disk is broken"));

  await expect(stores.close()).rejects.toThrow("the disk is broken");

  await expect(stores.ledger?.stats()).rejects.toThrow(ClosedError);
  await expect(stores.quarantine.count()).rejects.toThrow(ClosedError);
});

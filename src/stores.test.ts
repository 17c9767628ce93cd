import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { engineUrls } from "../test/support/servers/engines.ts";
import { tempFolder } from "../test/support/temp-folder.ts";
import { loadConfig } from "./config/load-config.ts";
import { ClosedError } from "./errors.ts";
import { troubles } from "./lib/sqlite/volume.ts";
import { silentLog } from "./log.ts";
import { openStores, type StoresOptions } from "./stores.ts";
import { recordedLog } from "./testing/recorded-log.ts";

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

test("a command finds an empty quarantine where there is none, also if no temp folder can be written", async () => {
  await using folder = await tempFolder();
  const missing = join(folder.path, "missing");
  vi.stubEnv("TMPDIR", missing);

  const stores = await openStores({ ...(await openingOf(folder.path)), isServer: false });
  vi.unstubAllEnvs();

  expect(await stores.quarantine.count()).toBe(0);
  await stores.close();
});

describe("a data folder in memory", () => {
  const openIn = async (
    data: string,
    settings: Record<string, string>,
    work: Partial<StoresOptions> = {},
  ) => {
    const log = recordedLog();
    const env = { HOOKWELL_SECRET: "s".repeat(36), ...settings };
    const config = await loadConfig({ env, flags: { data }, cwd: data });
    const opening = { config, log: log.log, withLedger: true, receives: true, isServer: true, ...work };
    return { log, stores: await openStores(opening) };
  };
  const server = { HOOKWELL_QUEUE: engineUrls.redis };

  test.skipIf(process.platform !== "linux")("is told of by a server, and by its engines", async () => {
    await using folder = await tempFolder("/dev/shm");

    const { log, stores } = await openIn(folder.path, {});
    const { durability } = await stores.queue.report();
    const ledger = await stores.ledger?.engine();
    await stores.close();

    expect(durability).toContain("In this machine's memory");
    expect(ledger?.durability).toBe(durability);
    expect(log.lines).toContainEqual({
      level: "warn",
      fact: "data.not_durable",
      fields: { folder: folder.path, ...troubles.memory },
    });
  });

  test.skipIf(process.platform !== "linux").for([
    {
      who: "a receiver that may spill",
      settings: server,
      work: { withLedger: false },
      facts: ["data.not_durable"],
    },
    {
      who: "one that may not",
      settings: { ...server, HOOKWELL_SPILL: "off" },
      work: { withLedger: false },
      facts: [],
    },
    { who: "a worker of servers", settings: server, work: { withLedger: false, receives: false }, facts: [] },
    { who: "a command that looks", settings: {}, work: { isServer: false }, facts: [] },
  ])("$who: $facts", async ({ settings, work, facts }) => {
    await using folder = await tempFolder("/dev/shm");

    const { log, stores } = await openIn(folder.path, settings, work);
    await stores.close();

    expect(log.facts().filter((fact) => fact.startsWith("data."))).toEqual(facts);
  });
});

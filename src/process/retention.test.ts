import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LedgerUnavailableError } from "../errors.ts";
import type { LedgerDriver } from "../ledger/driver.ts";
import { memoryLedger } from "../ledger/drivers/memory/ledger.ts";
import { Ledger } from "../ledger/ledger.ts";
import { aMessage } from "../testing/builders.ts";
import { admitFresh, dead, handled, process } from "../testing/ledger-driver/harness.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { Retention } from "./retention.ts";

const dayMs = 24 * 60 * 60 * 1_000;
const start = Date.UTC(2026, 0, 31);

beforeEach(() => {
  vi.useFakeTimers({ now: start });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A ledger with events of these ages, all handled. */
async function ledgerWith(agesInDays: readonly number[]): Promise<LedgerDriver> {
  const driver = memoryLedger();
  for (const days of agesInDays) {
    await process(driver, aMessage({ eventId: `${days}`, receivedAt: start - days * dayMs }), handled);
  }
  return driver;
}

test("events that are settled and older than wanted are forgotten soon after the start", async () => {
  const driver = await ledgerWith([0, 29, 31, 300]);
  const { log, lines } = recordedLog();

  const retention = new Retention(new Ledger(driver), 30, log);
  await vi.advanceTimersByTimeAsync(60_000);

  retention.close();
  const left = await driver.list({}, 10, null);
  expect(left.items.map(({ eventId }) => eventId)).toEqual(["0", "29"]);
  expect(lines).toEqual([
    { level: "info", fact: "ledger.pruned", fields: { forgotten: 2, olderThanDays: 30 } },
  ]);
});

test("events are forgotten as they grow old and not before, without a restart", async () => {
  const driver = await ledgerWith([0, 20, 29]);
  const { log, facts } = recordedLog();

  const retention = new Retention(new Ledger(driver), 30, log);
  await vi.advanceTimersByTimeAsync(dayMs / 2);
  expect(await driver.get("29")).toBeDefined();
  await vi.advanceTimersByTimeAsync(dayMs);
  expect(await driver.get("29")).toBeUndefined();
  await vi.advanceTimersByTimeAsync(8 * dayMs);

  retention.close();
  expect(await driver.get("20")).toBeDefined();
  // Of a round in which nothing was old nothing is told.
  expect(facts()).toEqual(["ledger.pruned"]);
});

test("a clock that is far ahead for some hours makes nothing old", async () => {
  const driver = await ledgerWith([0, 20, 29]);
  const retention = new Retention(new Ledger(driver), 30, recordedLog().log);
  await vi.advanceTimersByTimeAsync(dayMs / 8);

  vi.setSystemTime(Date.now() + 365 * dayMs);
  await vi.advanceTimersByTimeAsync(dayMs / 8);
  expect(await driver.get("29")).toBeDefined();
  vi.setSystemTime(Date.now() - 365 * dayMs);
  await vi.advanceTimersByTimeAsync(dayMs / 2);

  expect(await driver.get("29")).toBeDefined();
  await vi.advanceTimersByTimeAsync(dayMs);
  retention.close();
  expect(await driver.get("29")).toBeUndefined();
  expect(await driver.get("20")).toBeDefined();
});

test("a clock that is far ahead at the start makes nothing old until it has been so for a day", async () => {
  const driver = await ledgerWith([0, 29]);
  vi.setSystemTime(start + 365 * dayMs);
  const retention = new Retention(new Ledger(driver), 30, recordedLog().log);

  // What comes with the wrong clock proves nothing.
  await process(driver, aMessage({ receivedAt: Date.now() }), handled);
  await vi.advanceTimersByTimeAsync(0.9 * dayMs);
  expect(await driver.get("29")).toBeDefined();
  await vi.advanceTimersByTimeAsync(0.2 * dayMs);

  retention.close();
  expect(await driver.get("29")).toBeUndefined();
});

test("a clock that is set ahead soon after the first start makes nothing old until it has been so for a day", async () => {
  const driver = memoryLedger();
  const retention = new Retention(new Ledger(driver), 30, recordedLog().log);
  await process(driver, aMessage({ eventId: "first", receivedAt: Date.now() }), handled);

  vi.setSystemTime(start + 365 * dayMs);
  await vi.advanceTimersByTimeAsync(0.9 * dayMs);
  expect(await driver.get("first")).toBeDefined();
  await vi.advanceTimersByTimeAsync(0.2 * dayMs);

  retention.close();
  expect(await driver.get("first")).toBeUndefined();
});

test("a history that cannot be read at the start is read in the first round", async () => {
  const driver = await ledgerWith([31]);
  vi.spyOn(driver, "list").mockRejectedValueOnce(new LedgerUnavailableError("away"));

  const retention = new Retention(new Ledger(driver), 30, recordedLog().log);
  await vi.advanceTimersByTimeAsync(0.9 * dayMs);
  expect(await driver.get("31")).toBeDefined();
  await vi.advanceTimersByTimeAsync(0.2 * dayMs);

  retention.close();
  expect(await driver.get("31")).toBeUndefined();
});

test("a clock that was set ahead is believed after a day", async () => {
  const driver = await ledgerWith([0, 29]);
  vi.setSystemTime(start - 365 * dayMs);
  const retention = new Retention(new Ledger(driver), 30, recordedLog().log);
  await vi.advanceTimersByTimeAsync(dayMs / 8);

  vi.setSystemTime(start + 2 * dayMs);
  await vi.advanceTimersByTimeAsync(1.1 * dayMs);

  retention.close();
  expect(await driver.get("29")).toBeUndefined();
});

test("what is dead or not settled stays, however old", async () => {
  const driver = memoryLedger();
  const [deadOne, open] = [aMessage({ receivedAt: 1 }), aMessage({ receivedAt: 1 })];
  await process(driver, deadOne, dead("broken"));
  await admitFresh(driver, open);

  const retention = new Retention(new Ledger(driver), 30, recordedLog().log);
  await vi.advanceTimersByTimeAsync(dayMs);

  retention.close();
  expect((await driver.stats()).events).toMatchObject({ dead: 1, pending: 1 });
});

test("a failure is logged, and the next round tries again", async () => {
  const driver = await ledgerWith([0, 31]);
  vi.spyOn(driver, "prune").mockRejectedValueOnce(new LedgerUnavailableError("no room"));
  const { log, lines } = recordedLog();

  const retention = new Retention(new Ledger(driver), 30, log);
  await vi.advanceTimersByTimeAsync(60 * 60 * 1_000);

  retention.close();
  expect(lines).toEqual([
    { level: "warn", fact: "ledger.prune_failed", fields: { error: "no room" } },
    { level: "info", fact: "ledger.pruned", fields: { forgotten: 1, olderThanDays: 30 } },
  ]);
});

test("a round that takes long is not joined by another", async () => {
  const driver = await ledgerWith([]);
  const prune = vi.spyOn(driver, "prune").mockReturnValue(new Promise(() => undefined));

  const retention = new Retention(new Ledger(driver), 30, recordedLog().log);
  await vi.advanceTimersByTimeAsync(dayMs);

  retention.close();
  expect(prune).toHaveBeenCalledTimes(1);
});

test("nothing is forgotten after the end, and a ledger that closes meanwhile is no failure", async () => {
  const driver = await ledgerWith([31]);
  const pruning = Promise.withResolvers<number>();
  const prune = vi.spyOn(driver, "prune").mockReturnValue(pruning.promise);
  const { log, lines } = recordedLog();
  const retention = new Retention(new Ledger(driver), 30, log);
  await vi.advanceTimersByTimeAsync(60_000);

  retention.close();
  pruning.reject(new Error("closed"));
  await vi.advanceTimersByTimeAsync(dayMs);

  expect(prune).toHaveBeenCalledTimes(1);
  expect(lines).toEqual([]);
});

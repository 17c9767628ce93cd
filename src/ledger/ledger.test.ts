import { describe, expect, test, vi } from "vitest";
import { ClosedError, DataInUseError, LedgerUnavailableError } from "../errors.ts";
import { aMessage } from "../testing/builders.ts";
import { chaosLedger } from "../testing/chaos.ts";
import type { LedgerDriver } from "./driver.ts";
import { memoryLedger } from "./drivers/memory/ledger.ts";
import { Ledger, mostItems } from "./ledger.ts";

/** A driver of which some methods do something else. */
const driverWith = (changes: Partial<LedgerDriver>): LedgerDriver => ({
  ...chaosLedger(memoryLedger(), { random: () => 0 }),
  ...changes,
});

const message = aMessage();
const settlement = {
  message,
  outcome: { kind: "handled" },
  conflict: false,
  startedAt: 1,
  endedAt: 2,
} as const;

describe("whoever listens", () => {
  test("is told of what was written: settled, obsolete, a duplicate, reopened", async () => {
    const ledger = new Ledger(memoryLedger());
    const listener = vi.fn();
    const end = ledger.onChange(listener);
    const calls: number[] = [];
    const after = async (work: Promise<unknown>): Promise<void> => {
      await work;
      calls.push(listener.mock.calls.length);
    };

    await after(ledger.admit([message]));
    await after(ledger.settle([settlement]));
    await after(ledger.admit([{ ...message, copy: "another" }]));
    await after(ledger.admit([aMessage({ entity: message.entity, revision: 0 })]));
    await after(ledger.reopen(message.eventId, "replay"));
    end();
    await after(ledger.settle([settlement]));

    expect(calls).toEqual([0, 1, 2, 3, 4, 4]);
  });

  test("is told of a start, and of what a transaction has settled, since both are shown", async () => {
    const transaction = {
      client: { query: async () => ({ rows: [], rowCount: 0 }) },
      commit: async () => ({ kind: "committed" }) as const,
      rollback: async () => undefined,
    };
    const ledger = new Ledger(driverWith({ transaction: async () => transaction }));
    const listener = vi.fn();
    ledger.onChange(listener);

    await ledger.begin(message, 1);
    expect(listener).toHaveBeenCalledTimes(1);

    await (await ledger.transaction(1_000)).commit(settlement);
    expect(listener).toHaveBeenCalledTimes(2);
  });

  test("is not told of what failed", async () => {
    const listener = vi.fn();
    const full = (): Promise<never> => Promise.reject(new Error("disk full"));
    const ledger = new Ledger(driverWith({ begin: full, settle: full, reopen: full }));
    ledger.onChange(listener);

    await expect(ledger.begin(message, 1)).rejects.toThrow(LedgerUnavailableError);
    await expect(ledger.settle([settlement])).rejects.toThrow(LedgerUnavailableError);
    await expect(ledger.reopen(message.eventId, "replay")).rejects.toThrow(LedgerUnavailableError);

    expect(listener).not.toHaveBeenCalled();
  });
});

test("lists and timelines have a longest length, whatever is asked for", async () => {
  const list = vi.fn(async () => ({ items: [], next: null }));
  const timeline = vi.fn(async () => []);
  const ledger = new Ledger(driverWith({ list, timeline }));

  await ledger.list({}, 1_000_000, null);
  await ledger.list({}, 5, "cursor");
  await ledger.timeline("message:1");

  expect(list.mock.calls).toEqual([
    [{}, mostItems, null],
    [{}, 5, "cursor"],
  ]);
  expect(timeline.mock.calls).toEqual([["message:1", mostItems]]);
});

describe("what an engine throws", () => {
  test("is said in our words, with the cause", async () => {
    const ledger = new Ledger(driverWith({ stats: () => Promise.reject(new Error("disk full")) }));

    const failing = ledger.stats();

    await expect(failing).rejects.toThrow("The ledger cannot count events: disk full");
    await expect(failing).rejects.toMatchObject({
      code: "LEDGER_UNAVAILABLE",
      cause: new Error("disk full"),
    });
  });

  test.each([new DataInUseError("/data/ledger.db"), new RangeError("no such cursor")])(
    "is passed on if it says it itself: %s",
    async (own) => {
      const ledger = new Ledger(driverWith({ list: () => Promise.reject(own) }));

      await expect(ledger.list({}, 1, null)).rejects.toBe(own);
    },
  );
});

test("a ledger that is closed says so, and may be closed twice", async () => {
  const close = vi.fn(async () => undefined);
  const ledger = new Ledger(driverWith({ close }));

  await Promise.all([ledger.close(), ledger.close()]);

  expect(close).toHaveBeenCalledTimes(1);
  const { eventId, entity } = message;
  const calls: readonly (() => Promise<unknown>)[] = [
    () => ledger.share(16, { reachesQueue: true }),
    () => ledger.history(),
    () => ledger.release([0]),
    () => ledger.engine(),
    () => ledger.report(),
    () => ledger.admit([message]),
    () => ledger.begin(message, 1),
    () => ledger.transaction(1_000),
    () => ledger.settle([settlement]),
    () => ledger.get(eventId),
    () => ledger.body(eventId),
    () => ledger.list({}, 10, null),
    () => ledger.timeline(entity),
    () => ledger.changes(0, 10),
    () => ledger.latestChange(),
    () => ledger.message(eventId),
    () => ledger.reopen(eventId, "copy"),
    () => ledger.stats(),
    () => ledger.removeDead(eventId),
    () => ledger.prune(0),
  ];
  for (const call of calls) await expect(call()).rejects.toThrow(ClosedError);
});

test("a call that fails since the ledger is closed meanwhile says so", async () => {
  const counting = Promise.withResolvers<never>();
  const ledger = new Ledger(driverWith({ stats: () => counting.promise, close: async () => undefined }));
  const stats = ledger.stats();

  const closed = ledger.close();
  counting.reject(new LedgerUnavailableError("the connection is gone"));

  await expect(stats).rejects.toThrow(ClosedError);
  await closed;
});

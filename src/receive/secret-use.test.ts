import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { recordedLog } from "../testing/recorded-log.ts";
import type { Quarantine } from "./quarantine.ts";
import type { SecretHits } from "./quarantine-store.ts";
import { SecretUseCounter } from "./secret-use.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A counter over a store that remembers what was written. */
function startCounter(write: () => Promise<void> = async () => undefined) {
  const written: (readonly SecretHits[])[] = [];
  const recorded = recordedLog();
  const store: Pick<Quarantine, "countHits"> = {
    countHits: async (hits) => {
      await write();
      written.push(hits);
    },
  };
  return { counter: new SecretUseCounter(store, Date.now, recorded.log), written, ...recorded };
}

test("hits are written together, once in a while, with the time of the last one", async () => {
  const { counter, written } = startCounter();
  for (let second = 0; second < 4; second += 1) {
    counter.count("old");
    if (second > 0) counter.count("new");
    await vi.advanceTimersByTimeAsync(200);
  }
  expect(written).toEqual([]);

  await vi.advanceTimersByTimeAsync(500);

  expect(written).toEqual([
    [
      { name: "old", hits: 4, lastUsedAt: 600 },
      { name: "new", hits: 3, lastUsedAt: 600 },
    ],
  ]);
  await counter.close();
});

test("without hits nothing is written", async () => {
  const { counter, written } = startCounter();

  await vi.advanceTimersByTimeAsync(60_000);
  await counter.close();

  expect(written).toEqual([]);
});

test("the end writes what is left", async () => {
  const { counter, written } = startCounter();
  counter.count("old");

  await counter.close();

  expect(written).toEqual([[{ name: "old", hits: 1, lastUsedAt: 0 }]]);
  expect(vi.getTimerCount()).toBe(0);
});

test("what could not be written is written with the next ones, and logged once", async () => {
  let isBroken = true;
  const { counter, written, facts } = startCounter(async () => {
    if (isBroken) throw new Error("disk full");
  });
  counter.count("old");
  await vi.advanceTimersByTimeAsync(3_000);
  isBroken = false;

  counter.count("old");
  await vi.advanceTimersByTimeAsync(1_000);

  expect(facts()).toEqual(["receive.secret_use_not_written"]);
  expect(written).toEqual([[{ name: "old", hits: 2, lastUsedAt: 3_000 }]]);
  await counter.close();
});

test("what is counted during a write that fails comes on top of it", async () => {
  let isBroken = true;
  const { counter, written } = startCounter(async () => {
    if (!isBroken) return;
    isBroken = false;
    counter.count("old");
    throw new Error("disk full");
  });
  counter.count("old");
  counter.count("old");

  await vi.advanceTimersByTimeAsync(2_000);

  expect(written).toEqual([[{ name: "old", hits: 3, lastUsedAt: 1_000 }]]);
  await counter.close();
});

test("a second time in which nothing can be written is logged as well", async () => {
  let isBroken = true;
  const { counter, facts } = startCounter(async () => {
    if (isBroken) throw new Error("disk full");
  });

  for (const broken of [true, false, true]) {
    isBroken = broken;
    counter.count("old");
    await vi.advanceTimersByTimeAsync(1_000);
  }

  expect(facts()).toEqual(["receive.secret_use_not_written", "receive.secret_use_not_written"]);
  isBroken = false;
  await counter.close();
});

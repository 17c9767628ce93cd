import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { openDatabase, transaction } from "../lib/sqlite/sqlite.ts";
import { quarantineSchema } from "./quarantine-schema.ts";
import { QuarantineStore, type QuarantineLimits, type RefusedRow } from "./quarantine-store.ts";

const plenty: QuarantineLimits = { maxCount: 1_000_000, maxBytes: 1_000_000_000 };

async function openStore(limits: Partial<QuarantineLimits> = {}) {
  const folder = await tempFolder();
  const db = openDatabase(join(folder.path, "receive.db"), quarantineSchema);
  const store = new QuarantineStore(db, { ...plenty, ...limits });
  /** Adds requests of these sizes; from a stranger or from the sender. */
  const add = (genuine: boolean, ...sizes: readonly number[]): void => {
    transaction(db, () => sizes.forEach((size) => store.add(aRow(genuine), new Uint8Array(size))));
  };
  const trim = (): void => transaction(db, () => store.trim());
  const bytes = (): readonly number[] =>
    store
      .list(Number.MAX_SAFE_INTEGER, 10_000)
      .map((row) => row.bytes)
      .toReversed();
  return {
    store,
    add,
    trim,
    bytes,
    [Symbol.asyncDispose]: async () => {
      db.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const aRow = (genuine: boolean): RefusedRow => ({
  receivedAt: 1,
  kind: genuine ? "malformed" : "mismatch",
  genuine,
  reason: "For a test.",
  headers: "{}",
});

test("nothing is taken away while there is room", async () => {
  await using opened = await openStore({ maxCount: 6, maxBytes: 60 });
  opened.add(false, 10, 10, 10);
  opened.add(true, 5, 20, 5);

  opened.trim();

  expect(opened.bytes()).toEqual([10, 10, 10, 5, 20, 5]);
});

test("beyond the count the oldest go", async () => {
  await using opened = await openStore({ maxCount: 3 });
  opened.add(false, 1, 2, 3, 4, 5);

  opened.trim();

  expect(opened.bytes()).toEqual([3, 4, 5]);
});

test("beyond the bytes the oldest go, until what is left fits", async () => {
  await using opened = await openStore({ maxBytes: 50 });
  opened.add(false, 30, 25, 20, 10);

  opened.trim();

  expect(opened.bytes()).toEqual([20, 10]);
});

test("one that is larger than all the room is not kept, and the older ones stay", async () => {
  await using opened = await openStore({ maxBytes: 100 });
  opened.add(false, 5, 101, 6, 102);

  opened.trim();

  expect(opened.bytes()).toEqual([5, 6]);
});

test("one that is larger than the room which the other kind leaves pushes out none of its own kind", async () => {
  await using opened = await openStore({ maxBytes: 100 });
  opened.add(true, 40);
  opened.add(false, 20, 30, 61);

  opened.trim();

  expect(opened.bytes()).toEqual([40, 20, 30]);
});

test.for([
  [0, []],
  [1, [4]],
  [2, [3, 4]],
  [3, [2, 3, 4]],
] as const)("of room for %i the newest are kept, from whomever they are", async ([maxCount, kept]) => {
  await using strangers = await openStore({ maxCount });
  await using sender = await openStore({ maxCount });
  strangers.add(false, 1, 2, 3, 4);
  sender.add(true, 1, 2, 3, 4);

  strangers.trim();
  sender.trim();

  expect([strangers.bytes(), sender.bytes()]).toEqual([kept, kept]);
});

test("of an odd room, the one in the middle is for what came from the sender", async () => {
  await using opened = await openStore({ maxCount: 3 });
  opened.add(false, 1, 2, 3);
  opened.add(true, 4, 5, 6);

  opened.trim();

  expect(opened.bytes()).toEqual([3, 5, 6]);
});

test("what is not kept pushes nothing out", async () => {
  await using opened = await openStore({ maxBytes: 100 });
  opened.add(true, 40, 40);
  opened.add(false, 101);

  opened.trim();

  expect(opened.bytes()).toEqual([40, 40]);
});

test("what strangers send never pushes out what came from the sender, nor the other way round", async () => {
  await using opened = await openStore({ maxCount: 4 });
  opened.add(true, 1, 2);
  opened.add(false, ...Array.from({ length: 50 }, () => 3));
  opened.trim();
  opened.add(true, ...Array.from({ length: 50 }, () => 4));

  opened.trim();

  expect(opened.bytes()).toEqual([3, 3, 4, 4]);
});

test("however much came at once, it fits afterwards", async () => {
  await using opened = await openStore({ maxCount: 10 });
  opened.add(true, ...Array.from({ length: 3_000 }, () => 1));

  opened.trim();

  expect(opened.store.count()).toBe(10);
});

test("hits of a secret add up", async () => {
  await using opened = await openStore();

  opened.store.countHits([{ name: "a", hits: 2, lastUsedAt: 10 }]);
  opened.store.countHits([
    { name: "a", hits: 3, lastUsedAt: 20 },
    { name: "b", hits: 1, lastUsedAt: 5 },
  ]);

  expect(opened.store.secretUse().map((row) => ({ ...row }))).toEqual([
    { name: "a", hits: 5, lastUsedAt: 20 },
    { name: "b", hits: 1, lastUsedAt: 5 },
  ]);
});

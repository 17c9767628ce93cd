import { expect, test } from "vitest";
import { keyHash } from "./key-hash.ts";
import { RecentKeys } from "./recent-keys.ts";

test("an event is found by its id, and with all others of its entity", () => {
  const keys = new RecentKeys();

  keys.addEvent("e1", "message:1", 1);
  keys.addEvent("e2", "message:1", 2);
  keys.addEvent("e3", "message:2", 3);

  expect([keys.event("e2"), keys.event("e4")]).toEqual([2, undefined]);
  expect([keys.entity("message:1"), keys.entity("message:3")]).toEqual([[1, 2], []]);
});

test("an event that comes again after it was removed is found in its new place", () => {
  const keys = new RecentKeys();
  keys.addEvent("e1", "message:1", 1);

  keys.addEvent("e1", "message:1", 7);

  expect(keys.event("e1")).toBe(7);
});

test("of a state the newest revision is known; of equal ones the one that was handled last", () => {
  const keys = new RecentKeys();

  for (const [revision, seq] of [
    [2, 1],
    [5, 2],
    [3, 3],
    [5, 4],
  ] as const) {
    keys.addHandled("message:1", revision, seq);
  }

  expect(keys.state("message:1")).toEqual({ revision: 5, seq: 4 });
  expect(keys.state("message:2")).toBeUndefined();
});

test("its size counts what takes memory: events, or states of older ones that were handled again", () => {
  const keys = new RecentKeys();
  keys.addEvent("e1", "message:1", 1);
  expect(keys.size).toBe(1);

  for (let seq = 0; seq < 10; seq += 1) keys.addHandled(`message:${seq}`, 1, seq);

  expect(keys.size).toBe(10);
});

test("its entries are all keys by their hashes, in the order of a segment", () => {
  const keys = new RecentKeys();
  for (let seq = 1; seq <= 100; seq += 1) {
    keys.addEvent(`e${seq}`, `message:${seq % 10}`, seq);
    keys.addHandled(`message:${seq % 10}`, seq, seq);
  }

  const entries = keys.entries();

  expect(entries).toHaveLength(100 + 100 + 10);
  expect(entries).toContainEqual({ hash: keyHash("event", "e7"), seq: 7 });
  expect(entries).toContainEqual({ hash: keyHash("entity", "message:7"), seq: 7 });
  expect(entries).toContainEqual({ hash: keyHash("state", "message:7"), seq: 97 });
  const inOrder = entries.toSorted((a, b) => a.hash - b.hash || a.seq - b.seq);
  expect(entries).toEqual(inOrder);
});

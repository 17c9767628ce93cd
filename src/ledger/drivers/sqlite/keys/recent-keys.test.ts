import { expect, test } from "vitest";
import { isNewestOf, seqOf } from "./key-chunk.ts";
import { keyHash, keyOf, type Key } from "./key-hash.ts";
import { RecentKeys } from "./recent-keys.ts";

const event = (text: string): Key => keyOf("event", text);
const subject = (text: string): Key => keyOf("subject", text);

/** Its entries in a form that is easy to read. */
function entriesOf(keys: RecentKeys): readonly (readonly [hash: number, seq: number, isNewest: boolean])[] {
  const { hashes, pointers } = keys.run();
  return [...hashes].map((hash, at) => {
    const pointer = pointers[at] ?? 0;
    return [hash, seqOf(pointer), isNewestOf(pointer)];
  });
}

test("an event is found by its id, and with all others of its entity", () => {
  const keys = new RecentKeys();

  keys.addEvent(event("e1"), subject("message:1"), 1);
  keys.addEvent(event("e2"), subject("message:1"), 2);
  keys.addEvent(event("e3"), subject("message:2"), 3);

  expect([keys.event(event("e2")), keys.event(event("e4"))]).toEqual([2, undefined]);
  expect([keys.entity(subject("message:1")), keys.entity(subject("message:3"))]).toEqual([[1, 2], []]);
});

test("an event that comes again after it was removed is found in its new place", () => {
  const keys = new RecentKeys();
  keys.addEvent(event("e1"), subject("message:1"), 1);

  keys.addEvent(event("e1"), subject("message:1"), 7);

  expect(keys.event(event("e1"))).toBe(7);
});

test("of a state the newest revision is known; of equal ones the one that was handled last", () => {
  const keys = new RecentKeys();

  for (const [revision, seq] of [
    [2, 1],
    [5, 2],
    [5, 3],
    [3, 4],
  ] as const) {
    keys.addHandled(subject("message:1"), revision, seq);
  }

  expect(keys.state(subject("message:1"))).toEqual({ revision: 5, seq: 3 });
  expect(keys.state(subject("message:2"))).toBeUndefined();
});

test("two keys with one hash stay two", () => {
  const keys = new RecentKeys();
  const [one, other] = ["one", "other"].map((text) => ({ text, hash: 7 })) as [Key, Key];

  keys.addEvent(one, subject("message:1"), 1);
  keys.addHandled(one, 5, 1);

  expect([keys.event(other), keys.state(other)]).toEqual([undefined, undefined]);
});

test("its run has all keys by their hashes; a state that is its event's entity shares the entry", () => {
  const keys = new RecentKeys();
  for (let seq = 1; seq <= 100; seq += 1) {
    keys.addEvent(event(`e${seq}`), subject(`message:${seq % 10}`), seq);
    keys.addHandled(subject(`message:${seq % 10}`), seq, seq);
  }

  const entries = entriesOf(keys);

  expect(entries).toHaveLength(100 + 100);
  expect(entries).toContainEqual([keyHash("event", "e7"), 7, false]);
  expect(entries).toContainEqual([keyHash("subject", "message:7"), 7, false]);
  expect(entries).toContainEqual([keyHash("subject", "message:7"), 97, true]);
  expect(entries.filter(([, , isNewest]) => isNewest)).toHaveLength(10);
  expect(entries).toEqual(entries.toSorted(([a], [b]) => a - b));
});

test("a state that is no entity, or of an older event, has an entry of its own", () => {
  const keys = new RecentKeys();
  keys.addEvent(event("e7"), subject("conversation:1"), 7);
  keys.addHandled(subject("conversationMessage:1:2"), 1, 7);
  keys.addHandled(subject("message:1"), 1, 3);

  const entries = entriesOf(keys);

  expect(entries).toHaveLength(4);
  expect(entries).toContainEqual([keyHash("subject", "conversation:1"), 7, false]);
  expect(entries).toContainEqual([keyHash("subject", "conversationMessage:1:2"), 7, true]);
  expect(entries).toContainEqual([keyHash("subject", "message:1"), 3, true]);
});

import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { keyHash, mixed, type KeyKind } from "./key-hash.ts";

const kinds: readonly KeyKind[] = ["event", "entity", "state"];

test("a hash is the same on every machine and for ever, since files are full of them", () => {
  const hashes = kinds.map((kind) => keyHash(kind, "message:7b1d9e04"));

  expect(hashes).toEqual([60_190_025_914_341, 74_809_868_009_950, 51_151_023_220_039]);
});

test("a hash is a whole number from 0 below 2 to the 47th, which SQLite stores in six bytes", () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.string({ unit: "binary", maxLength: 100 }), (kind, key) => {
      const hash = keyHash(kind, key);

      expect(Number.isSafeInteger(hash)).toBe(true);
      expect(hash).toBeGreaterThanOrEqual(0);
      expect(hash).toBeLessThan(2 ** 47);
      expect(keyHash(kind, key)).toBe(hash);
    }),
  );
});

test("the same text is another key as an event, an entity and a state", () => {
  fc.assert(
    fc.property(fc.string(), (key) => {
      expect(new Set(kinds.map((kind) => keyHash(kind, key))).size).toBe(3);
    }),
  );
});

test.each<[string, (index: number) => string]>([
  ["numbers", (index) => String(index)],
  ["numbers behind a long beginning", (index) => `message:${"0".repeat(40)}${index}`],
  ["numbers before a long end", (index) => `${index}${"-0000-4000-8000-000000000001".repeat(2)}`],
  ["random ids", () => randomUUID()],
  [
    "texts that differ in their length only",
    (index) => "a".repeat(index % 4_000) + "b".repeat(index / 4_000),
  ],
])("hashes of %s do not collide, and are spread evenly", (_, keyOf) => {
  const count = 40_000;
  const buckets = Array.from({ length: 64 }, () => 0);
  const seen = new Set<number>();

  for (let index = 0; index < count; index += 1) {
    const hash = keyHash("event", keyOf(index));
    seen.add(hash);
    const bucket = Math.floor((hash / 2 ** 47) * buckets.length);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }

  // By chance two of so many would be the same once in 176,000 times.
  expect(seen.size).toBe(count);
  const fair = count / buckets.length;
  for (const size of buckets) expect(Math.abs(size - fair)).toBeLessThan(fair / 3);
});

test("mixing loses nothing: no two numbers become the same", () => {
  const results = new Set(Array.from({ length: 50_000 }, (_, index) => mixed(index * 85_899)));

  expect(results.size).toBe(50_000);
});

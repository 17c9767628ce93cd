import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hashEnd, keyHash, keyOf, mixed, type KeyKind } from "./key-hash.ts";

const kinds: readonly KeyKind[] = ["event", "subject"];

test("a hash is the same on every machine and for ever, since files are full of them", () => {
  const hashes = kinds.map((kind) => keyHash(kind, "message:7b1d9e04"));

  expect(hashes).toEqual([48_804_286_144_598, 84_062_293_832_242]);
});

test("a hash is a whole number from 0 below 2 to the 47th, which a chunk stores in six bytes", () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.string({ unit: "binary", maxLength: 100 }), (kind, key) => {
      const hash = keyHash(kind, key);

      expect(Number.isSafeInteger(hash)).toBe(true);
      expect(hash).toBeGreaterThanOrEqual(0);
      expect(hash).toBeLessThan(hashEnd);
      expect(keyOf(kind, key)).toEqual({ text: key, hash });
    }),
  );
});

test("the same text is another key as an event and as a subject", () => {
  fc.assert(
    fc.property(fc.string(), (key) => {
      expect(keyHash("event", key)).not.toBe(keyHash("subject", key));
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
  ["texts that differ in their first characters", (index) => String.fromCharCode(index + 32, 97, 98, 99)],
  ["texts that differ in their second characters", (index) => String.fromCharCode(97, index + 32, 98, 99)],
  [
    "texts that differ in a last character, of an odd length",
    (index) => `message:${String.fromCharCode(index + 32)}`,
  ],
  ["texts that differ in every other character", (index) => index.toString(2).replaceAll(/./g, "a$&")],
])("hashes of %s do not collide, and are spread evenly", (_, keyOf) => {
  const count = 40_000;
  const buckets = Array.from({ length: 64 }, () => 0);
  const seen = new Set<number>();

  for (let index = 0; index < count; index += 1) {
    const hash = keyHash("event", keyOf(index));
    seen.add(hash);
    const bucket = Math.floor((hash / hashEnd) * buckets.length);
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

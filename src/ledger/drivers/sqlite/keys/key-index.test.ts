import * as fc from "fast-check";
import { expect, test } from "vitest";
import { keyOf, type Key } from "./key-hash.ts";
import { KeyIndex } from "./key-index.ts";

/** Many texts, of which some share a hash or the place where a search for it begins. */
const key = fc.record({
  text: fc.string({ maxLength: 3 }),
  hash: fc.constantFrom(0, 7, 1_024, 1_031, 2 ** 46),
});

test("it gives places as a map of texts would, also to those that share a hash", () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 100 }), (keys) => {
      const index = new KeyIndex();
      const known = new Map<string, number>();
      const named = ({ text, hash }: Key): string => `${hash} ${text}`;

      for (const each of keys) {
        expect(index.find(each)).toBe(known.get(named(each)) ?? -1);
        if (known.has(named(each))) continue;
        expect(index.add(each)).toBe(known.size);
        known.set(named(each), known.size);
      }

      expect(keys.map((each) => index.find(each))).toEqual(keys.map((each) => known.get(named(each))));
      expect([index.size, index.hashes.length]).toEqual([known.size, known.size]);
    }),
  );
});

test("it grows, and finds all", () => {
  const keys = Array.from({ length: 10_000 }, (_, place) => keyOf("event", `e${place}`));
  const index = new KeyIndex();

  for (const each of keys) index.add(each);

  expect(keys.every((each, place) => index.find(each) === place && index.hashes[place] === each.hash)).toBe(
    true,
  );
  expect(index.find(keyOf("event", "e10000"))).toBe(-1);
});

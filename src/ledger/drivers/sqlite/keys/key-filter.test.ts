import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { KeyFilter } from "./key-filter.ts";
import { keyHash } from "./key-hash.ts";

const hash = fc.integer({ min: 0, max: 2 ** 47 - 1 });

test("what was added is always found, also in a filter that is too small or came from a file", () => {
  fc.assert(
    fc.property(fc.array(hash), fc.nat(50), (hashes, size) => {
      const filter = KeyFilter.sized(size);
      for (const each of hashes) filter.add(each);

      const stored = new KeyFilter(Uint8Array.from(filter.bytes));

      expect(hashes.every((each) => filter.mayHave(each) && stored.mayHave(each))).toBe(true);
    }),
  );
});

test("an empty filter has nothing", () => {
  fc.assert(
    fc.property(hash, (each) => {
      expect(KeyFilter.sized(100).mayHave(each)).toBe(false);
    }),
  );
});

test.each([300, 5_000, 100_000])("of %i keys less than one in 500 others seems to be there", (count) => {
  const filter = KeyFilter.sized(count);
  for (let index = 0; index < count; index += 1) filter.add(keyHash("event", randomUUID()));
  const questions = 100_000;

  let wrong = 0;
  for (let index = 0; index < questions; index += 1) {
    if (filter.mayHave(keyHash("event", randomUUID()))) wrong += 1;
  }

  expect(wrong / questions).toBeLessThan(0.002);
});

test("a filter takes two bytes for each key, in blocks of 64", () => {
  expect([0, 33, 100_000].map((keys) => KeyFilter.sized(keys).bytes.length)).toEqual([64, 128, 200_000]);
});

test("keys that are added in order are written from one end of the filter to the other", () => {
  fc.assert(
    fc.property(hash, hash, (one, other) => {
      const [firstByte, lastByte] = [Math.min(one, other), Math.max(one, other)].map((each) => {
        const filter = KeyFilter.sized(100_000);
        filter.add(each);
        return filter.bytes.findIndex((byte) => byte !== 0);
      });

      expect(Math.floor((firstByte ?? 0) / 64)).toBeLessThanOrEqual(Math.floor((lastByte ?? 0) / 64));
    }),
    { numRuns: 20 },
  );
});

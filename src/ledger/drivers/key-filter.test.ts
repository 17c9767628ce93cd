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

      const stored = KeyFilter.from(Uint8Array.from(filter.bytes));

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

test.each([100, 5_000, 100_000])(
  "of %i keys less than one in a hundred others seems to be there",
  (count) => {
    const filter = KeyFilter.sized(count);
    for (let index = 0; index < count; index += 1) filter.add(keyHash("event", randomUUID()));
    const questions = 20_000;

    let wrong = 0;
    for (let index = 0; index < questions; index += 1) {
      if (filter.mayHave(keyHash("event", randomUUID()))) wrong += 1;
    }

    expect(wrong / questions).toBeLessThan(0.01);
  },
);

test("a filter takes a byte and a half for each key", () => {
  expect(KeyFilter.sized(100_000).bytes.length).toBe(150_000);
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hashEnd } from "./key-hash.ts";
import { sortedRun } from "./key-run.ts";

/** From all of the space, its ends, and close together. */
const hash = fc.oneof(
  fc.integer({ min: 0, max: hashEnd - 1 }),
  fc.constantFrom(0, 1, hashEnd - 2, hashEnd - 1),
  fc.integer({ min: 1_000, max: 1_010 }),
);

test("a run has all entries, in the order of their hashes", () => {
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 300 }), (hashes) => {
      const pointers = hashes.map((_, place) => place);

      const run = sortedRun(hashes, pointers);

      expect([...run.hashes]).toEqual(hashes.toSorted((a, b) => a - b));
      expect([...run.pointers].toSorted((a, b) => a - b)).toEqual(pointers);
      expect([...run.pointers].map((pointer) => hashes[pointer])).toEqual([...run.hashes]);
    }),
  );
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { SeqList } from "./seq-list.ts";

test("it finds a seq, and tells how many are not greater", () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(numbers, fc.integer({ min: 0, max: 41 }), (some, asked) => {
      const seqs = some.toSorted((a, b) => a - b);
      const list = new SeqList();
      for (const seq of seqs) list.push(seq);

      expect(list.find(asked)).toBe(seqs.indexOf(asked));
      expect(list.countTo(asked)).toBe(seqs.filter((seq) => seq <= asked).length);
      expect(list.newest).toBe(seqs.at(-1));
      expect(seqs.map((_, place) => list.at(place))).toEqual(seqs);
    }),
  );
});

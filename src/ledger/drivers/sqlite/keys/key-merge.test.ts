import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Chunk, ChunkBuilder } from "./key-chunk.ts";
import { KeyMerge, type ChunkSource } from "./key-merge.ts";

/** Gives a list of hashes in chunks of three, each with a pointer of its own. */
function sourceOf(hashes: readonly number[], firstPointer: number): ChunkSource {
  const builder = new ChunkBuilder(3);
  let given = 0;
  return () => {
    if (given === hashes.length) return undefined;
    for (; given < hashes.length && !builder.isFull; given += 1) {
      builder.add(hashes[given] ?? 0, firstPointer + given);
    }
    return new Chunk(Uint8Array.from(builder.take()));
  };
}

const lists = fc.array(
  fc.array(fc.nat(20), { maxLength: 20 }).map((list) => list.toSorted((a, b) => a - b)),
  { minLength: 1, maxLength: 8 },
);

test("a merge hands over every entry of every source once, in order, and no more in a step than it may", () => {
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 10 }), (sources, entries) => {
      const merge = new KeyMerge(sources.map((hashes, index) => sourceOf(hashes, index * 100)));
      const merged: [number, number][] = [];
      let before = 0;
      let more = true;

      while (more) {
        more = merge.step(entries, { add: (hash, pointer) => merged.push([hash, pointer]) });
        expect(merged.length - before).toBeLessThanOrEqual(entries);
        before = merged.length;
      }

      const hashes = merged.map(([hash]) => hash);
      expect(hashes).toEqual(hashes.toSorted((a, b) => a - b));
      const expected = sources.flatMap((list, index) =>
        list.map((hash, place) => [hash, index * 100 + place]),
      );
      expect(merged.toSorted(([, a], [, b]) => a - b)).toEqual(expected);
    }),
  );
});

test("of each source a merge holds one chunk at a time", () => {
  const asked: number[] = [];
  const merge = new KeyMerge(
    [0, 1].map((source) => {
      const next = sourceOf(
        [1, 2, 3, 4, 5, 6].map((hash) => hash * 10 + source),
        0,
      );
      return () => {
        asked.push(source);
        return next();
      };
    }),
  );

  merge.step(4, { add: () => undefined });

  expect(asked).toEqual([0, 1]);
});

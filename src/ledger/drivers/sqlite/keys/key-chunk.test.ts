import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Chunk, ChunkBuilder, isNewestOf, pointerTo, seqOf } from "./key-chunk.ts";
import { hashEnd } from "./key-hash.ts";

/** Seqs that six bytes can hold, of a ledger that got a million changes a second for four years. */
const seq = fc.oneof(fc.integer({ min: 0, max: 2 ** 47 - 1 }), fc.nat(100), fc.constant(2 ** 47 - 1));
const hash = fc.oneof(fc.integer({ min: 0, max: hashEnd - 1 }), fc.nat(5), fc.constant(hashEnd - 1));
const entries = fc
  .array(fc.tuple(hash, seq), { minLength: 1, maxLength: 50 })
  .map((list) => list.toSorted(([a], [b]) => a - b));

test("a pointer tells the seq and the mark of which it was made", () => {
  fc.assert(
    fc.property(seq, fc.boolean(), (each, isNewest) => {
      const pointer = pointerTo(each, isNewest);

      expect([seqOf(pointer), isNewestOf(pointer)]).toEqual([each, isNewest]);
    }),
  );
});

describe("a chunk", () => {
  test("has what was added, in 12 bytes each", () => {
    fc.assert(
      fc.property(entries, (list) => {
        const builder = new ChunkBuilder(50);
        for (const [each, pointer] of list) builder.add(each, pointer);

        const bytes = builder.take();
        const chunk = new Chunk(bytes);

        expect(bytes.length).toBe(list.length * 12);
        expect(list.map((_, place) => [chunk.hashAt(place), chunk.pointerAt(place)])).toEqual(list);
        expect(chunk.size).toBe(list.length);
      }),
    );
  });

  test("gives the pointers of a hash, all of them and no others", () => {
    fc.assert(
      fc.property(entries, hash, (list, asked) => {
        const builder = new ChunkBuilder(50);
        for (const [each, pointer] of list) builder.add(each, pointer);
        const chunk = new Chunk(builder.take());

        for (const wanted of [asked, ...list.map(([each]) => each)]) {
          const pointers: number[] = [];
          chunk.collect(wanted, pointers);
          expect(pointers).toEqual(list.flatMap(([each, pointer]) => (each === wanted ? pointer : [])));
        }
      }),
    );
  });

  test("may lie anywhere in a larger piece of memory", () => {
    const builder = new ChunkBuilder(2);
    builder.add(7, 8);
    const memory = new Uint8Array(15);
    memory.set(builder.take(), 3);

    const chunk = new Chunk(memory.subarray(3));

    expect([chunk.size, chunk.hashAt(0), chunk.pointerAt(0)]).toEqual([1, 7, 8]);
  });
});

test("a builder begins anew after each chunk, and says when it is full", () => {
  const builder = new ChunkBuilder(2);
  const states = [[builder.isEmpty, builder.isFull]];
  for (const hash of [1, 2]) {
    builder.add(hash, hash);
    states.push([builder.isEmpty, builder.isFull]);
  }
  builder.take();
  builder.add(3, 3);

  expect(states).toEqual([
    [true, false],
    [false, false],
    [false, true],
  ]);
  expect(new Chunk(builder.take()).hashAt(0)).toBe(3);
});

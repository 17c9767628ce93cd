import { describe, expect, test, vi } from "vitest";
import { keyHash } from "./key-hash.ts";
import { SegmentRows } from "./segment-rows.ts";
import { Segments } from "./segments.ts";
import {
  sizes,
  openSegments,
  entriesOf,
  seal,
  finish,
  rowsOf,
  sizesOf,
  seqsOf,
  expectAll,
} from "../../../../../test/support/ledger/segments.ts";

describe("a sealed segment", () => {
  test("is asked once all of it is written, and not before", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const entries = entriesOf(1, 120);
    const job = seal(segments, entries, 500);

    job.next();
    expect([segments.find(0), segments.sealedTo]).toEqual([[], 0]);
    finish(db, job);

    expectAll(segments, entries);
    expect(segments.sealedTo).toBe(500);
  });

  test("is written in steps of bounded work: entries, then its filter", async () => {
    await using opened = await openSegments();

    const steps = finish(opened.db, seal(opened.segments, entriesOf(1, 500), 1));

    const pieces = Number(opened.db.prepare("select count(*) as count from filter").get()?.["count"]);
    expect(pieces).toBe(2);
    expect(steps).toBe(500 / sizes.sliceEntries + pieces - 1);
  });

  test("is there after a restart", async () => {
    await using opened = await openSegments();
    const entries = entriesOf(1, 400);
    finish(opened.db, seal(opened.segments, entries, 500));

    const again = new Segments(opened.db, sizes);

    expectAll(again, entries);
    expect(again.sealedTo).toBe(500);
  });

  test("that is newer is asked first", async () => {
    await using opened = await openSegments();
    finish(opened.db, seal(opened.segments, [{ hash: 7, seq: 1 }], 10));
    finish(opened.db, seal(opened.segments, [{ hash: 7, seq: 2 }], 20));

    expect(seqsOf(opened.segments, 7)).toEqual([2, 1]);
  });

  test("is asked by reading the chunk of a hash, and not those before it", async () => {
    await using opened = await openSegments();
    const entries = entriesOf(1, 400);
    finish(opened.db, seal(opened.segments, entries, 10));
    const before = vi.spyOn(SegmentRows.prototype, "chunk");

    expectAll(opened.segments, entries);

    // Of the first hash of a chunk there may be more in the one before.
    expect(before.mock.calls.length).toBeLessThanOrEqual(400 / sizes.chunkEntries);
    before.mockRestore();
  });

  test("is not read for nearly all of the keys that it has not got", async () => {
    await using opened = await openSegments();
    const hashes = Array.from({ length: 800 }, (_, index) => keyHash("event", `e${index}`));
    const entries = hashes.slice(400).map((hash, seq) => ({ hash, seq }));
    finish(opened.db, seal(opened.segments, entries, 10));
    const read = vi.spyOn(SegmentRows.prototype, "lastWith");

    for (const hash of hashes.slice(0, 400)) opened.segments.find(hash);

    expect(read.mock.calls.length).toBeLessThan(10);
    read.mockRestore();
  });

  test("may be empty", async () => {
    await using opened = await openSegments();

    finish(opened.db, seal(opened.segments, [], 10));

    expect([opened.segments.find(7), opened.segments.sealedTo]).toEqual([[], 10]);
  });

  test.each([1, 7, 8, 9, 16, 40])(
    "gives all of %i entries that share a hash, and no others",
    async (count) => {
      await using opened = await openSegments();
      const { db, segments } = opened;
      for (const before of [0, 3, 8]) {
        const others = [...Array.from({ length: before }, (_, index) => 100 + index), 900, 901];
        const entries = [...others, ...Array.from({ length: count }, () => 500)].map((hash, seq) => ({
          hash,
          seq,
        }));
        finish(db, seal(segments, entries, 1));

        const expected = entries.filter(({ hash }) => hash === 500).map(({ seq }) => seq);
        expect(seqsOf(segments, 500).toSorted((a, b) => a - b)).toEqual(expected);
        for (const hash of others) expect(segments.find(hash)).toHaveLength(1);
        finish(db, segments.shed(2));
      }
    },
  );
});

describe("a merge", () => {
  test("is due when a level is crowded, and makes one segment of its oldest ones", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const lists = [1, 2, 3, 4].map((seed) => entriesOf(seed, 120));
    for (const [index, entries] of lists.entries()) {
      expect(segments.crowdedLevel()).toBe(index < sizes.fanout ? undefined : 0);
      finish(db, seal(segments, entries, (index + 1) * 100));
    }

    finish(db, segments.merge(0));

    expect(rowsOf(db)).toEqual([
      { id: 4, level: 0, phase: "live" },
      { id: 5, level: 1, phase: "live" },
    ]);
    expect(segments.crowdedLevel()).toBeUndefined();
    expect(sizesOf(db)).toEqual([480, 480]);
    for (const entries of lists) expectAll(segments, entries);
    expect([segments.sealedTo, new Segments(db, sizes).sealedTo]).toEqual([400, 400]);
  });

  test("goes up level by level", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const lists = Array.from({ length: 9 }, (_, index) => entriesOf(index + 1, 60));

    for (const [index, entries] of lists.entries()) {
      finish(db, seal(segments, entries, (index + 1) * 100));
      for (let level = segments.crowdedLevel(); level !== undefined; level = segments.crowdedLevel()) {
        finish(db, segments.merge(level));
      }
    }

    expect(rowsOf(db).map(({ level, phase }) => [level, phase])).toEqual([[2, "live"]]);
    expect([segments.sealedTo, new Segments(db, sizes).sealedTo]).toEqual([900, 900]);
    for (const entries of lists) expectAll(segments, entries);
  });

  test("of segments that share hashes loses none of their entries", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const lists = [1, 2, 3].map((list) =>
      Array.from({ length: 100 }, (_, index) => ({ hash: index % 5, seq: list * 1_000 + index })),
    );
    for (const entries of lists) finish(db, seal(segments, entries, 1));

    finish(db, segments.merge(0));

    expect(sizesOf(db)).toEqual([300, 300]);
    for (const entries of lists) expectAll(segments, entries);
  });

  test("keeps the entries of a hash newest first, also where they lie in two chunks", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const others = Array.from({ length: sizes.chunkEntries - 1 }, (_, hash) => ({ hash, seq: 100 + hash }));
    for (const seq of [1, 2, 3]) {
      const entries = [...(seq === 1 ? others : []), { hash: 500, seq }];
      finish(db, seal(segments, entries, 200 + seq));
    }

    finish(db, segments.merge(0));

    expect(seqsOf(segments, 500)).toEqual([3, 2, 1]);
  });

  test("answers all questions at every step, also after a restart", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const lists = [1, 2, 3].map((seed) => entriesOf(seed, 100));
    for (const entries of lists) finish(db, seal(segments, entries, 1));
    const job = segments.merge(0);

    for (let isDone = false; !isDone; isDone = job.next().done === true) {
      for (const entries of lists) {
        expectAll(segments, entries);
        expectAll(new Segments(db, sizes), entries);
      }
    }

    expect(rowsOf(db)).toHaveLength(1);
  });
});

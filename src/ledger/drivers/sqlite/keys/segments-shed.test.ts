import { describe, expect, test } from "vitest";
import { Segments } from "./segments.ts";
import {
  addEvents,
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

describe("shedding", () => {
  test("drops the entries of events that are gone, from segments that are old enough", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const [old, young] = [entriesOf(1, 100), entriesOf(2, 100)];
    const kept = old.filter((_, index) => index % 10 === 0);
    addEvents(db, kept);
    finish(db, seal(segments, old, 15_000));
    finish(db, seal(segments, young, 25_000));

    finish(db, segments.shed(20_000));

    expect(sizesOf(db)).toEqual([kept.length + young.length, kept.length + young.length]);
    expectAll(segments, [...kept, ...young]);
    expectAll(new Segments(db, sizes), [...kept, ...young]);
    expect(segments.sealedTo).toBe(25_000);
  });

  test("keeps what is left in each of several segments", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const lists = [entriesOf(1, 100), entriesOf(2, 100), entriesOf(3, 100)];
    const kept = lists.flatMap((entries, list) => entries.filter((_, index) => index % 10 === list));
    addEvents(db, kept);
    for (const [list, entries] of lists.entries())
      finish(db, seal(segments, entries, list * 10_000 + 15_000));

    finish(db, segments.shed(40_000));

    expect(sizesOf(db)).toEqual([30, 30]);
    expectAll(segments, kept);
  });

  test("keeps the entries of the very event with which a segment ends", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const [gone, last] = [
      { hash: 7, seq: 99 },
      { hash: 8, seq: 100 },
    ];
    addEvents(db, [last]);
    finish(db, seal(segments, [gone, last], last.seq));

    finish(db, segments.shed(101));

    expect([seqsOf(segments, gone.hash), seqsOf(segments, last.hash)]).toEqual([[], [last.seq]]);
  });

  test("of more events than a step looks at drops only what is gone", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const entries = entriesOf(1, 300);
    const gone = new Set([0, 49, 50, 51, 99, 100, 299].map((index) => entries[index]?.seq));
    const kept = entries.filter(({ seq }) => !gone.has(seq));
    addEvents(db, kept);
    finish(db, seal(segments, entries, 15_000));

    finish(db, segments.shed(20_000));

    expect(sizesOf(db)).toEqual([293, 293]);
    expectAll(segments, kept);
  });

  test("makes the filter smaller too, with room for the three keys that an event may have", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const entries = entriesOf(1, 2_000);
    addEvents(db, entries.slice(0, 100));
    finish(db, seal(segments, entries, 15_000));
    const filterBytes = (): unknown =>
      db.prepare("select sum(length(bits)) as sum from filter").get()?.["sum"];
    const before = filterBytes();

    finish(db, segments.shed(20_000));

    expect([before, filterBytes()]).toEqual([4_032, 640]);
  });

  test("leaves a segment in its level, so that it is not merged anew", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const lists = [1, 2, 3].map((seed) => entriesOf(seed, 60));
    for (const entries of lists) finish(db, seal(segments, entries, 40_000));
    finish(db, segments.merge(0));
    addEvents(db, lists.flat().slice(1));

    finish(db, segments.shed(40_001));

    expect(rowsOf(db)).toMatchObject([{ level: 1 }]);
    for (const seed of [4, 5]) finish(db, seal(segments, entriesOf(seed, 60), seed * 20_000));
    expect(segments.crowdedLevel()).toBeUndefined();
  });

  test("of a few makes no filter larger", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const entries = entriesOf(1, 2_000);
    addEvents(db, entries.slice(1));
    finish(db, seal(segments, entries, 15_000));

    finish(db, segments.shed(20_000));

    expect(db.prepare("select sum(length(bits)) as sum from filter").get()?.["sum"]).toBe(4_032);
  });

  test("of all that a segment has leaves it empty, and it is not looked at again", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    finish(db, seal(segments, entriesOf(1, 100), 100));

    finish(db, segments.shed(150));
    const [{ id } = { id: 0 }] = rowsOf(db);
    finish(db, new Segments(db, sizes).shed(150));

    expect(sizesOf(db)).toEqual([0, 0]);
    expect(rowsOf(db)).toEqual([{ id, level: 0, phase: "live" }]);
  });

  test("does not write a segment again of which no more is gone", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const entries = entriesOf(1, 100);
    const left = entries.slice(50);
    addEvents(db, left);
    finish(db, seal(segments, entries, 15_000));
    const ids: number[] = [];
    const shed = (): void => {
      finish(db, segments.shed(20_000));
      ids.push(rowsOf(db)[0]?.id ?? 0);
    };

    shed();
    shed();
    addEvents(db, left.slice(1));
    shed();

    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[1]);
    expect(sizesOf(db)).toEqual([49, 49]);
  });
});

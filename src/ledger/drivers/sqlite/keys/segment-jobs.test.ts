import type { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { Segments, type Job } from "./segments.ts";
import {
  addEvents,
  sizes,
  openSegments,
  entriesOf,
  seal,
  finish,
  rowsOf,
  sizesOf,
  expectAll,
} from "../../../../../test/support/ledger/segments.ts";

/** How many rows each step of a job writes or removes. */
function workOf(db: DatabaseSync, job: Job): readonly number[] {
  const total = (): number => Number(db.prepare("select total_changes() as count").get()?.["count"]);
  const work: number[] = [];
  for (let before = total(), isDone = false; !isDone; before = total()) {
    isDone = job.next().done === true;
    work.push(total() - before);
  }
  return work;
}

describe("a job of much", () => {
  test.each(["merge", "shed", "clear"] as const)(
    "writes and removes little in each step of a %s",
    async (kind) => {
      await using opened = await openSegments();
      const { db, segments } = opened;
      const lists = [1, 2, 3].map((seed) => entriesOf(seed, 1_000));
      for (const entries of lists) finish(db, seal(segments, entries, 40_000));
      addEvents(
        db,
        lists.flat().filter(({ seq }) => seq % 2 === 0),
      );
      const unfinished = seal(segments, entriesOf(4, 1_000), 50_000);
      for (let step = 0; step < 20; step += 1) unfinished.next();
      const jobs = {
        merge: () => segments.merge(0),
        shed: () => segments.shed(40_001),
        clear: () => segments.clear(),
      };

      const work = workOf(db, jobs[kind]());

      // To remove a chunk takes a small part of the time of writing it. Besides, rows of segments change.
      const mostChunks = 4 * (sizes.sliceEntries / sizes.chunkEntries);
      expect(Math.max(...work)).toBeLessThanOrEqual(mostChunks + 2 + sizes.fanout);
    },
  );

  test("looks at few events in each step of a shed", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const entries = entriesOf(1, 1_000);
    addEvents(db, entries.slice(1));
    finish(db, seal(segments, entries, 15_000));

    const work = workOf(db, segments.shed(20_000));

    expect(work.findIndex((rows) => rows > 0)).toBeGreaterThanOrEqual(999 / sizes.sliceEntries - 1);
  });
});

describe("a job that a crash cuts off", () => {
  test.each(["seal", "merge", "shed"] as const)("loses nothing, after any step of a %s", async (kind) => {
    await using opened = await openSegments();
    const { db } = opened;
    const lists = [1, 2, 3].map((seed) => entriesOf(seed, 60));
    for (const entries of lists) finish(db, seal(opened.segments, entries, 40_000));
    const kept = lists.map((entries) => entries.filter((_, index) => index % 3 === 0));
    if (kind === "shed") addEvents(db, kept.flat());
    const jobs: Readonly<Record<typeof kind, (segments: Segments) => Job>> = {
      seal: (segments) => seal(segments, entriesOf(4, 180), 50_000),
      merge: (segments) => segments.merge(0),
      shed: (segments) => segments.shed(40_001),
    };

    for (let steps = 1; ; steps += 1) {
      db.exec("savepoint beginning");
      // With small pieces, so that filters too are written in several steps.
      const job = jobs[kind](new Segments(db, { ...sizes, pieceBytes: 64 }));
      let isDone = false;
      for (let step = 0; step < steps && !isDone; step += 1) isDone = job.next().done === true;

      const restarted = new Segments(db, sizes);
      for (const entries of kind === "shed" ? kept : lists) expectAll(restarted, entries);
      for (const _ of restarted.clear());
      const all = isDone && kind === "seal" ? [...lists, entriesOf(4, 180)] : lists;
      for (const entries of kind === "shed" ? kept : all) expectAll(restarted, entries);
      // What was published stays, even if the job had not come to its end; of all else nothing is left.
      expect(rowsOf(db).filter(({ phase }) => phase !== "live")).toEqual([]);
      const [said, found] = sizesOf(db);
      expect(found).toBe(said);
      expect(found).toBeGreaterThanOrEqual((kind === "shed" ? kept : all).flat().length);
      expect(found).toBeLessThanOrEqual(all.flat().length);
      const filters = "select count(distinct segment) as count from filter";
      expect(db.prepare(filters).get()?.["count"]).toBe(rowsOf(db).length);
      db.exec("rollback to beginning");
      db.exec("release beginning");
      if (isDone) break;
    }
  });
});

test("clearing away what a crash has left leaves alone what is begun meanwhile", async () => {
  await using opened = await openSegments();
  const { db } = opened;
  const unfinished = seal(opened.segments, entriesOf(1, 300), 100);
  for (let step = 0; step < 3; step += 1) unfinished.next();
  const segments = new Segments(db, sizes);
  const clearing = segments.clear();
  const entries = entriesOf(2, 300);
  const sealing = seal(segments, entries, 200);
  sealing.next();

  finish(db, clearing);
  finish(db, sealing);

  expectAll(new Segments(db, sizes), entries);
  expect(sizesOf(db)).toEqual([300, 300]);
});

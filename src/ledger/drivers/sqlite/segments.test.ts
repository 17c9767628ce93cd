import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { describe, expect, test, vi } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { openDatabase, transaction } from "../../../lib/sqlite.ts";
import { seededRandom } from "../../../lib/random.ts";
import { pointerTo, seqOf } from "./key-chunk.ts";
import { hashEnd } from "./key-hash.ts";
import { sortedRun } from "./key-run.ts";
import { SegmentRows } from "./segment-rows.ts";
import { Segments, type Job } from "./segments.ts";
import { ledgerSchema } from "./schema.ts";

const sizes = { fanout: 3, sliceEntries: 50, chunkEntries: 8, pieceBytes: 512 };

interface Entry {
  readonly hash: number;
  readonly seq: number;
}

async function openSegments() {
  const folder = await tempFolder();
  const db = openDatabase(join(folder.path, "ledger.db"), ledgerSchema);
  return {
    db,
    segments: new Segments(db, sizes),
    [Symbol.asyncDispose]: async () => {
      db.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Entries with hashes from all of the space, its ends among them. */
function entriesOf(seed: number, count: number): readonly Entry[] {
  const random = seededRandom(seed);
  const hashes = [0, hashEnd - 1, ...Array.from({ length: count - 2 }, () => Math.floor(random() * hashEnd))];
  return hashes.map((hash, index) => ({ hash, seq: seed * 10_000 + index }));
}

const seal = (segments: Segments, entries: readonly Entry[], sealedTo: number): Job =>
  segments.seal(
    sortedRun(
      entries.map(({ hash }) => hash),
      entries.map(({ seq }) => pointerTo(seq, false)),
    ),
    sealedTo,
  );

/** All of a job in one transaction; how many steps it had. */
const finish = (db: DatabaseSync, job: Job): number =>
  transaction(db, () => {
    let steps = 1;
    while (job.next().done !== true) steps += 1;
    return steps;
  });

const rowsOf = (db: DatabaseSync): readonly { id: number; level: number; phase: string }[] =>
  db
    .prepare("select id, level, phase from segment order by id")
    .all()
    .map((row) => ({ id: Number(row["id"]), level: Number(row["level"]), phase: String(row["phase"]) }));

/** How many entries the segments say to have, and how many there are. */
const sizesOf = (db: DatabaseSync): readonly [said: number, found: number] => [
  Number(db.prepare("select sum(entries) as sum from segment").get()?.["sum"]),
  Number(db.prepare("select sum(length(entries)) as sum from lookup").get()?.["sum"]) / 12,
];

const seqsOf = (segments: Segments, hash: number): readonly number[] => segments.find(hash).map(seqOf);

function expectAll(segments: Segments, entries: readonly Entry[]): void {
  for (const { hash, seq } of entries) expect(seqsOf(segments, hash)).toContain(seq);
}

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

/** Adds the events of these entries; of an event only its place matters here. */
const addEvents = (db: DatabaseSync, entries: readonly Entry[]): void =>
  transaction(db, () => {
    db.exec("drop table event; create table event (seq integer primary key)");
    for (const { seq } of entries) db.prepare("insert into event values (?)").run(seq);
  });

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

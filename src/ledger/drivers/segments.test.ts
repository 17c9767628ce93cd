import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { openDatabase, transaction } from "../../lib/sqlite.ts";
import { seededRandom } from "../../testing/random.ts";
import type { KeyEntry } from "./recent-keys.ts";
import { Segments, type Job } from "./segments.ts";
import { ledgerSchema } from "./sqlite-schema.ts";

const sizes = { fanout: 3, sliceEntries: 50 };

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

/** Entries with hashes from all of the space, its ends among them, in order. */
function entriesOf(seed: number, count: number): readonly KeyEntry[] {
  const random = seededRandom(seed);
  const hashes = [0, 2 ** 47 - 1, ...Array.from({ length: count - 2 }, () => Math.floor(random() * 2 ** 47))];
  return hashes
    .map((hash, index) => ({ hash, seq: seed * 10_000 + index }))
    .toSorted((a, b) => a.hash - b.hash || a.seq - b.seq);
}

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

const lookupSize = (db: DatabaseSync): number =>
  Number(db.prepare("select count(*) as count from lookup").get()?.["count"]);

function expectAll(segments: Segments, entries: readonly KeyEntry[]): void {
  for (const { hash, seq } of entries) expect(segments.find(hash)).toContain(seq);
}

describe("a sealed segment", () => {
  test("is asked once all of it is written, and not before", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const entries = entriesOf(1, 120);
    const job = segments.seal(entries, 500);

    job.next();
    expect([segments.find(0), segments.sealedTo]).toEqual([[], 0]);
    finish(db, job);

    expectAll(segments, entries);
    expect(segments.sealedTo).toBe(500);
  });

  test("is written in steps of bounded work", async () => {
    await using opened = await openSegments();

    const steps = finish(opened.db, opened.segments.seal(entriesOf(1, 500), 1));

    expect(steps).toBe(500 / sizes.sliceEntries + 1);
  });

  test("is there after a restart", async () => {
    await using opened = await openSegments();
    const entries = entriesOf(1, 120);
    finish(opened.db, opened.segments.seal(entries, 500));

    const again = new Segments(opened.db, sizes);

    expectAll(again, entries);
    expect(again.sealedTo).toBe(500);
  });

  test("that is newer is asked first", async () => {
    await using opened = await openSegments();
    finish(opened.db, opened.segments.seal([{ hash: 7, seq: 1 }], 10));
    finish(opened.db, opened.segments.seal([{ hash: 7, seq: 2 }], 20));

    expect(opened.segments.find(7)).toEqual([2, 1]);
  });

  test("may be empty", async () => {
    await using opened = await openSegments();

    finish(opened.db, opened.segments.seal([], 10));

    expect([opened.segments.find(7), opened.segments.sealedTo]).toEqual([[], 10]);
  });
});

describe("a merge", () => {
  test("is due when a level is crowded, and makes one segment of its oldest ones", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const lists = [1, 2, 3, 4].map((seed) => entriesOf(seed, 120));
    for (const [index, entries] of lists.entries()) {
      expect(segments.crowdedLevel()).toBe(index < sizes.fanout ? undefined : 0);
      finish(db, segments.seal(entries, (index + 1) * 100));
    }

    finish(db, segments.merge(0));

    expect(rowsOf(db)).toEqual([
      { id: 4, level: 0, phase: "live" },
      { id: 5, level: 1, phase: "live" },
    ]);
    expect(segments.crowdedLevel()).toBeUndefined();
    expect(lookupSize(db)).toBe(480);
    for (const entries of lists) expectAll(segments, entries);
    expect([segments.sealedTo, new Segments(db, sizes).sealedTo]).toEqual([400, 400]);
  });

  test("goes up level by level", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const lists = Array.from({ length: 9 }, (_, index) => entriesOf(index + 1, 60));

    for (const [index, entries] of lists.entries()) {
      finish(db, segments.seal(entries, (index + 1) * 100));
      for (let level = segments.crowdedLevel(); level !== undefined; level = segments.crowdedLevel()) {
        finish(db, segments.merge(level));
      }
    }

    expect(rowsOf(db).map(({ level, phase }) => [level, phase])).toEqual([[2, "live"]]);
    for (const entries of lists) expectAll(segments, entries);
  });

  test.each([7, 49, 93, 187])(
    "with hashes at the very ends of the space loses none, in %i slices",
    async (slices) => {
      await using opened = await openSegments();
      const { db, segments } = opened;
      const lists = [1, 2, 3].map((seed) => entriesOf(seed, Math.ceil((slices * sizes.sliceEntries) / 3)));
      for (const entries of lists) finish(db, segments.seal(entries, 1));

      finish(db, segments.merge(0));

      expect(lookupSize(db)).toBe(lists.flat().length);
    },
  );

  test("answers all questions at every step", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const lists = [1, 2, 3].map((seed) => entriesOf(seed, 100));
    for (const entries of lists) finish(db, segments.seal(entries, 1));
    const job = segments.merge(0);

    for (let isDone = false; !isDone; isDone = job.next().done === true) {
      for (const entries of lists) expectAll(segments, entries);
    }

    expect(rowsOf(db)).toHaveLength(1);
  });
});

describe("a job that a crash cuts off", () => {
  test.each(["seal", "merge"] as const)("leaves nothing behind, after any step of a %s", async (kind) => {
    await using opened = await openSegments();
    const { db } = opened;
    const lists = [1, 2, 3].map((seed) => entriesOf(seed, 60));
    for (const entries of lists) finish(db, opened.segments.seal(entries, 100));
    const start = (segments: Segments): Job =>
      kind === "seal" ? segments.seal(entriesOf(4, 180), 200) : segments.merge(0);

    for (let steps = 1; ; steps += 1) {
      db.exec("savepoint beginning");
      const job = start(new Segments(db, sizes));
      let isDone = false;
      for (let step = 0; step < steps && !isDone; step += 1) isDone = job.next().done === true;

      const restarted = new Segments(db, sizes);
      for (const _ of restarted.clear());
      const all = isDone && kind === "seal" ? [...lists, entriesOf(4, 180)] : lists;
      for (const entries of all) expectAll(restarted, entries);
      // What was published stays, even if the job had not come to its end.
      const live = rowsOf(db).filter(({ phase }) => phase === "live");
      expect(rowsOf(db)).toEqual(live);
      expect(lookupSize(db) % 60).toBe(0);
      db.exec("rollback to beginning");
      db.exec("release beginning");
      if (isDone) break;
    }
  });
});

describe("shedding", () => {
  /** Of an event only its place matters here. */
  const addEvents = (db: DatabaseSync, seqs: readonly number[]): void => {
    db.exec("drop table event; create table event (seq integer primary key)");
    for (const seq of seqs) db.prepare("insert into event values (?)").run(seq);
  };

  test("drops the entries of events that are gone, from segments that are old enough", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    const [old, young] = [entriesOf(1, 100), entriesOf(2, 100)];
    const kept = old.filter((_, index) => index % 10 === 0);
    transaction(db, () =>
      addEvents(
        db,
        kept.map(({ seq }) => seq),
      ),
    );
    finish(db, segments.seal(old, 100));
    finish(db, segments.seal(young, 200));

    finish(db, segments.shed(150));

    expect(lookupSize(db)).toBe(kept.length + young.length);
    expectAll(segments, [...kept, ...young]);
    expect(segments.sealedTo).toBe(200);
  });

  test("of all that a segment has leaves it empty, and it is not looked at again", async () => {
    await using opened = await openSegments();
    const { db, segments } = opened;
    finish(db, segments.seal(entriesOf(1, 100), 100));

    const steps = [1, 2].map(() => finish(db, segments.shed(150)));

    expect(lookupSize(db)).toBe(0);
    expect(steps[1]).toBe(1);
  });
});

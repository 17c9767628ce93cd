import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { expect } from "vitest";
import { tempFolder } from "../temp-folder.ts";
import { openDatabase, transaction } from "../../../src/lib/sqlite/sqlite.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import { pointerTo, seqOf } from "../../../src/ledger/drivers/sqlite/keys/key-chunk.ts";
import { hashEnd } from "../../../src/ledger/drivers/sqlite/keys/key-hash.ts";
import { sortedRun } from "../../../src/ledger/drivers/sqlite/keys/key-run.ts";
import { Segments, type Job } from "../../../src/ledger/drivers/sqlite/keys/segments.ts";
import { ledgerSchema } from "../../../src/ledger/drivers/sqlite/schema.ts";

export const sizes = { fanout: 3, sliceEntries: 50, chunkEntries: 8, pieceBytes: 512 };

export interface Entry {
  readonly hash: number;
  readonly seq: number;
}

export async function openSegments(): Promise<{ db: DatabaseSync; segments: Segments } & AsyncDisposable> {
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
export function entriesOf(seed: number, count: number): readonly Entry[] {
  const random = seededRandom(seed);
  const hashes = [0, hashEnd - 1, ...Array.from({ length: count - 2 }, () => Math.floor(random() * hashEnd))];
  return hashes.map((hash, index) => ({ hash, seq: seed * 10_000 + index }));
}

export const seal = (segments: Segments, entries: readonly Entry[], sealedTo: number): Job =>
  segments.seal(
    sortedRun(
      entries.map(({ hash }) => hash),
      entries.map(({ seq }) => pointerTo(seq, false)),
    ),
    sealedTo,
  );

/** All of a job in one transaction; how many steps it had. */
export const finish = (db: DatabaseSync, job: Job): number =>
  transaction(db, () => {
    let steps = 1;
    while (job.next().done !== true) steps += 1;
    return steps;
  });

export const rowsOf = (db: DatabaseSync): readonly { id: number; level: number; phase: string }[] =>
  db
    .prepare("select id, level, phase from segment order by id")
    .all()
    .map((row) => ({ id: Number(row["id"]), level: Number(row["level"]), phase: String(row["phase"]) }));

/** How many entries the segments say to have, and how many there are. */
export const sizesOf = (db: DatabaseSync): readonly [said: number, found: number] => [
  Number(db.prepare("select sum(entries) as sum from segment").get()?.["sum"]),
  Number(db.prepare("select sum(length(entries)) as sum from lookup").get()?.["sum"]) / 12,
];

export const seqsOf = (segments: Segments, hash: number): readonly number[] => segments.find(hash).map(seqOf);

export function expectAll(segments: Segments, entries: readonly Entry[]): void {
  for (const { hash, seq } of entries) expect(seqsOf(segments, hash)).toContain(seq);
}

/** Adds the events of these entries; of an event only its place matters here. */
export const addEvents = (db: DatabaseSync, entries: readonly Entry[]): void =>
  transaction(db, () => {
    db.exec("drop table event; create table event (seq integer primary key)");
    for (const { seq } of entries) db.prepare("insert into event values (?)").run(seq);
  });

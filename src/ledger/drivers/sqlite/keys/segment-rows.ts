import type { DatabaseSync } from "node:sqlite";
import { Chunk } from "./key-chunk.ts";

/** A segment in use, without its filter. */
export interface SegmentRow {
  readonly id: number;
  readonly level: number;
  readonly sealedTo: number;
  readonly entries: number;
}

/** Ids of a segment's chunks begin at its own id times this. */
const mostChunks = 2 ** 24;
/** Pieces of a filter that are removed in one step. */
const mostPieces = 4;

/** The tables of the segments, and all that is asked of them. */
export class SegmentRows {
  readonly #statements: ReturnType<typeof prepareAll>;

  constructor(db: DatabaseSync) {
    this.#statements = prepareAll(db);
  }

  /** The segments in use, newest first. */
  live(): readonly SegmentRow[] {
    return this.#statements.live.all().map((row) => ({
      id: Number(row["id"]),
      level: Number(row["level"]),
      sealedTo: Number(row["sealed_to"]),
      entries: Number(row["entries"]),
    }));
  }

  /** The segments that are not used yet, or any more. */
  left(): readonly number[] {
    return this.#statements.left.all().map((row) => Number(row["id"]));
  }

  /** Makes a segment, which is not used before it is published; returns its id. */
  begin(level: number, sealedTo: number): number {
    return Number(this.#statements.begin.run(level, sealedTo).lastInsertRowid);
  }

  publish(id: number, entries: number): void {
    this.#statements.publish.run(entries, id);
  }

  drop(id: number): void {
    this.#statements.drop.run(id);
  }

  addChunk(segment: number, place: number, firstHash: number, entries: Uint8Array): void {
    this.#statements.addChunk.run(segment * mostChunks + place, segment, firstHash, entries);
  }

  chunk(segment: number, place: number): Chunk | undefined {
    const row = this.#statements.chunk.get(segment * mostChunks + place);
    return row === undefined ? undefined : new Chunk(row["entries"] as Uint8Array);
  }

  /** The last chunk that may have a hash, and its place. */
  lastWith(segment: number, hash: number): { readonly chunk: Chunk; readonly place: number } | undefined {
    const row = this.#statements.lastWith.get(segment, hash);
    if (row === undefined) return undefined;
    return { chunk: new Chunk(row["entries"] as Uint8Array), place: Number(row["id"]) % mostChunks };
  }

  addPiece(segment: number, place: number, bits: Uint8Array): void {
    this.#statements.addPiece.run(segment, place, bits);
  }

  /** The filter of a segment. */
  filter(segment: number): Uint8Array {
    return Buffer.concat(this.#statements.pieces.all(segment).map((row) => row["bits"] as Uint8Array));
  }

  /** Removes a segment, or up to so many of its chunks; true if it must be called again. */
  remove(segment: number, chunks: number): boolean {
    const { removeChunks, removePieces, removeSegment } = this.#statements;
    if (removeChunks.run(segment, chunks).changes === chunks) return true;
    if (removePieces.run(segment, mostPieces).changes === mostPieces) return true;
    removeSegment.run(segment);
    return false;
  }
}

const prepareAll = (db: DatabaseSync) => ({
  live: db.prepare(/* sql */ `
    select id, level, sealed_to, entries from segment where phase = 'live' order by sealed_to desc, id desc`),
  left: db.prepare("select id from segment where phase <> 'live'"),
  begin: db.prepare("insert into segment (level, phase, sealed_to, entries) values (?, 'building', ?, 0)"),
  publish: db.prepare("update segment set phase = 'live', entries = ? where id = ?"),
  drop: db.prepare("update segment set phase = 'dropping' where id = ?"),
  removeSegment: db.prepare("delete from segment where id = ?"),
  addChunk: db.prepare("insert into lookup (id, segment, first_hash, entries) values (?, ?, ?, ?)"),
  chunk: db.prepare("select entries from lookup where id = ?"),
  lastWith: db.prepare(/* sql */ `
    select id, entries from lookup where segment = ? and first_hash <= ?
    order by first_hash desc, id desc limit 1`),
  removeChunks: db.prepare(
    "delete from lookup where id in (select id from lookup where segment = ? limit ?)",
  ),
  addPiece: db.prepare("insert into filter (segment, place, bits) values (?, ?, ?)"),
  pieces: db.prepare("select bits from filter where segment = ? order by place"),
  removePieces: db.prepare(/* sql */ `
    delete from filter where (segment, place) in (select segment, place from filter where segment = ? limit ?)`),
});

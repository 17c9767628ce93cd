import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { isAsWritten, isBytes } from "../../../lib/sqlite/as-written.ts";
import { DamageError } from "../../../lib/sqlite/sqlite-errors.ts";
import { joined } from "../../../lib/threads/spans.ts";
import { noBytes } from "./claim.ts";

/** Messages that were sent together, one after the other in one body. */
export interface Pack {
  readonly id: number;
  readonly count: number;
  /** Of each message, in bytes: 32 bits each, the lowest byte first. */
  readonly lengths: Uint8Array;
  readonly body: Uint8Array;
  /** One byte for each message, 1 if it is acknowledged; null if none is. */
  readonly done: Uint8Array | null;
  /** False if the disk does not give what was written: then only the number of the messages is known. */
  readonly isSound: boolean;
}

interface PackRow extends Omit<Pack, "isSound"> {
  /** Null for what an earlier version wrote. */
  readonly checksum: number | null;
}

/** What is the matter with a file in which more than the bytes of an event has changed. */
export const damaged = "waiting events are not what was written";

/** At most this many bytes share a pack, so that a worker that wants a few messages reads no more than this. */
const packBytes = 4 * 1024 * 1024;
const packMessages = 1_000;

/** The table of packs, and of what is acknowledged in them. */
export class SqlitePacks {
  readonly #statements: ReturnType<typeof prepareAll>;

  constructor(db: DatabaseSync) {
    this.#statements = prepareAll(db);
  }

  /**
   * Writes messages down, as many in a pack as fit.
   *
   * @param at when they are sent
   */
  add(messages: readonly Uint8Array[], at: number): void {
    if (messages.length === 0) return;
    let { id, sent } = this.#statements.newest.get() as { id: number; sent: number };
    let from = 0;
    while (from < messages.length) {
      let to = from;
      let bytes = 0;
      while (to < messages.length && to - from < packMessages && bytes < packBytes) {
        bytes += messages[to]?.length ?? 0;
        to += 1;
      }
      const part = messages.slice(from, to);
      const lengths = Uint32Array.from(part, (message) => message.length);
      const body = joined(part) ?? Buffer.concat(part, bytes);
      const marks = new Uint8Array(lengths.buffer);
      id += 1;
      sent += part.length;
      this.#statements.add.run(id, at, part.length, sent, crc32(body), marks, body);
      from = to;
    }
  }

  /** @throws {DamageError} if the number of its messages is not sure */
  get(id: number): Pack | undefined {
    return toPack(this.#statements.get.get(id));
  }

  /**
   * The pack with this id or, if that is gone, the next one.
   *
   * @throws {DamageError} if the number of its messages is not sure
   */
  from(id: number): Pack | undefined {
    return toPack(this.#statements.from.get(id));
  }

  /** When the messages of a pack were sent; undefined if it is gone. */
  sentAt(id: number): number | undefined {
    const head = this.#statements.head.get(id);
    return head && Number(head["at"]);
  }

  /** Acknowledges messages of a pack; gives how many of them were not acknowledged before. */
  ack(id: number, indexes: readonly number[]): number {
    const head = this.#statements.head.get(id);
    if (head === undefined) return 0;
    const done = (head["done"] as Uint8Array | null) ?? new Uint8Array(Number(head["count"]));
    let fresh = 0;
    for (const index of indexes) {
      if (done[index] !== 0) continue;
      done[index] = 1;
      fresh += 1;
    }
    if (done.every((mark) => mark === 1)) this.#drop(id, Number(head["sent"]));
    else this.#statements.setProgress.run(id, done);
    return fresh;
  }

  /** Removes a pack and its leases, but keeps its id and its count, so that those of later packs are higher. */
  #drop(id: number, sent: number): void {
    this.#statements.keepNewest.run(id, sent);
    this.#statements.drop.run(id);
    this.#statements.dropLeases.run(id);
    this.#statements.dropProgress.run(id);
  }
}

/** @throws {DamageError} if the number of its messages is not sure, which tells the place of each */
function toPack(found: Record<string, unknown> | undefined): Pack | undefined {
  if (found === undefined) return undefined;
  const { checksum, ...row } = found as unknown as PackRow;
  const { count, lengths, done } = row;
  const isCounted = isBytes(lengths) && lengths.length === count * 4 && count > 0;
  const isMarked = done === null || (isBytes(done) && done.length === count);
  if (!isCounted || !isMarked) throw new DamageError(damaged);
  const body = isBytes(row.body) ? row.body : noBytes;
  return { ...row, body, isSound: sumOf(lengths) === body.length && isAsWritten(body, checksum) };
}

/** The checksum is of the bodies only; of their lengths, the sum tells. */
function sumOf(lengths: Uint8Array): number {
  const view = new DataView(lengths.buffer, lengths.byteOffset, lengths.byteLength);
  let sum = 0;
  for (let at = 0; at < lengths.length; at += 4) sum += view.getUint32(at, true);
  return sum;
}

const whole = /* sql */ `
  select pack.id, pack.count, pack.lengths, pack.checksum, pack.body, progress.done from pack
  left join progress on progress.pack_id = pack.id`;

const prepareAll = (db: DatabaseSync) => ({
  newest: db.prepare(/* sql */ `
    select max(pack_id, coalesce((select id from pack order by id desc limit 1), 0)) as id,
      max(sent, coalesce((select sent from pack order by id desc limit 1), 0)) as sent from total`),
  add: db.prepare(
    "insert into pack (id, at, count, sent, checksum, lengths, body) values (?, ?, ?, ?, ?, ?, ?)",
  ),
  get: db.prepare(`${whole} where pack.id = ?`),
  from: db.prepare(`${whole} where pack.id >= ? order by pack.id limit 1`),
  head: db.prepare(/* sql */ `
    select pack.at, pack.count, pack.sent, progress.done from pack
    left join progress on progress.pack_id = pack.id where pack.id = ?`),
  setProgress: db.prepare("insert or replace into progress (pack_id, done) values (?, ?)"),
  keepNewest: db.prepare("update total set pack_id = max(pack_id, ?), sent = max(sent, ?)"),
  drop: db.prepare("delete from pack where id = ?"),
  dropLeases: db.prepare("delete from lease where pack_id = ?"),
  dropProgress: db.prepare("delete from progress where pack_id = ?"),
});

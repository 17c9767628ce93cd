import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { type EncodedMessage, type Message, readMessage } from "../../../event/message.ts";
import { isBytes } from "../../../lib/sqlite/as-written.ts";
import { DamageError } from "../../../lib/sqlite/sqlite-errors.ts";
import type { Place } from "../../list-place.ts";
import { type EventRecord, statuses, type EventStatus } from "../../record.ts";
import { toRecord } from "../../to-record.ts";

/** A row of the table `event` without its body. */
export interface EventRow {
  readonly seq: number;
  readonly receivedAt: number;
  readonly status: EventStatus;
  /** Name of the copy that counts: the one that came first, or the newest replay. */
  readonly copy: string;
  readonly attempts: number;
  readonly deliveries: number;
  readonly conflict: boolean;
  /** It was handled, so its revision counts for the gate. */
  readonly counts: boolean;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly settledAt: number | null;
  readonly changed: number | null;
  readonly error: string | null;
  /** The event as it was admitted, with an empty body. */
  readonly message: Message;
}

const columns = /* sql */ `seq, received_at as receivedAt, status, copy, attempts, deliveries, conflict, counts,
  started_at as startedAt, ended_at as endedAt, settled_at as settledAt, changed, error, head`;

interface RawRow extends Omit<EventRow, "status" | "copy" | "conflict" | "counts" | "message"> {
  readonly status: number;
  readonly copy: string | null;
  readonly conflict: number;
  readonly counts: number;
  /** Bytes, unless the row is damaged. */
  readonly head: unknown;
}

interface RawBytes {
  readonly seq: number;
  /** Bytes, as the body is, unless the row is damaged. */
  readonly head: unknown;
  readonly body: unknown;
  /** Null for what an earlier version wrote. */
  readonly checksum: number | null;
}

/** What the keys of an event are made of. */
type KeyedRow = Pick<EventRow, "seq" | "counts" | "message">;

/** A condition on rows that is cheap to check. */
export interface ReceiptRange {
  /** Received at or after, ms since 1970. */
  readonly since: number;
  /** Received before. */
  readonly until: number;
  readonly status: number | null;
  /** The rows come after this place in the list. */
  readonly from: Place;
}

/** Reads rows of the table `event`. */
export class EventRows {
  readonly #db: DatabaseSync;
  readonly #bySeq: StatementSync;
  readonly #encoded: StatementSync;
  readonly #containing: StatementSync;
  readonly #newestFirst: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#bySeq = db.prepare(`select ${columns} from event where seq = ?`);
    this.#encoded = db.prepare("select seq, head, body, checksum from event where seq = ?");
    this.#containing = db.prepare(/* sql */ `
      select 1 from event where seq = ?1
      and (instr(lower(cast(body as text)), lower(?2)) > 0 or instr(lower(error), lower(?2)) > 0)`);
    this.#newestFirst = db.prepare(/* sql */ `
      select seq from event not indexed where seq in (select value from json_each(?))
        and received_at >= ? and received_at < ? and status = coalesce(?, status) and (received_at, seq) < (?, ?)
        order by received_at desc, seq desc`);
  }

  at(seq: number | undefined): EventRow | undefined {
    const raw = seq === undefined ? undefined : this.#bySeq.get(seq);
    return raw === undefined ? undefined : toRow(raw as unknown as RawRow);
  }

  /**
   * The exact bytes of an event.
   *
   * @throws {RangeError} if the disk does not give what was written
   */
  body(seq: number): Uint8Array {
    const raw = this.#encoded.get(seq) as unknown as RawBytes;
    const { head, body, checksum } = raw;
    if (isBytes(head) && isBytes(body) && (checksum === null || checksumOf({ head, body }) === checksum))
      return body;
    throw damagedRow(raw, new RangeError("Its bytes are not what was written."));
  }

  /** Whether a text is in the body or the error of an event; letters A to Z match in either case. */
  contains(seq: number, text: string): boolean {
    return this.#containing.get(seq, text) !== undefined;
  }

  /** Those of these rows that are in a range, by the time of receipt. */
  *newestFirst(seqs: readonly number[], { since, until, status, from }: ReceiptRange): Generator<number> {
    const values = [since, until, status, from.receivedAt, from.seq];
    for (const row of this.#newestFirst.iterate(JSON.stringify(seqs), ...values)) yield Number(row["seq"]);
  }

  /** @param rest SQL behind `from event`; only ever written in this folder, with values bound */
  where(rest: string, ...values: readonly SQLInputValue[]): EventRow[] {
    const raw = this.#db.prepare(`select ${columns} from event ${rest}`).all(...values);
    return raw.map((row) => toRow(row as unknown as RawRow));
  }

  /** Of such rows what their keys are made of, one after the other, for many of them. */
  *keyed(rest: string, ...values: readonly SQLInputValue[]): Generator<KeyedRow> {
    for (const raw of this.#db.prepare(`select seq, counts, head from event ${rest}`).iterate(...values)) {
      const { seq, counts, head } = raw as unknown as RawRow;
      yield { seq, counts: counts === 1, message: messageIn(head) };
    }
  }
}

/** @throws {RangeError} if the row is damaged: what asks for it fails */
function toRow(raw: RawRow): EventRow {
  const message = readHead(raw.head);
  if (message instanceof RangeError) throw damagedRow(raw, message);
  return {
    ...raw,
    status: statusOf(raw),
    copy: raw.copy ?? message.copy,
    conflict: raw.conflict === 1,
    counts: raw.counts === 1,
    message,
  };
}

export const recordOf = (row: EventRow): EventRecord => toRecord(row.message, row);

/**
 * The message whose head is in a row.
 *
 * @throws {DamageError} if it cannot be read: without it, a repeat of its event would count as new
 */
function messageIn(head: RawRow["head"]): Message {
  const message = readHead(head);
  if (message instanceof RangeError) throw new DamageError(message.message, { cause: message });
  return message;
}

const readHead = (head: RawRow["head"]): Message | RangeError =>
  isBytes(head) ? readMessage(head) : new RangeError("An event without its head.");

export const statusCode = (status: EventStatus): number => statuses.indexOf(status);

function statusOf(raw: RawRow): EventStatus {
  const status = statuses[raw.status];
  if (status === undefined)
    throw damagedRow(raw, new RangeError(`A status that there is not, ${raw.status}.`));
  return status;
}

const damagedRow = ({ seq }: Pick<EventRow, "seq">, cause: RangeError): RangeError =>
  new RangeError(`event ${seq} is damaged; restore the file from a backup. ${cause.message}`, { cause });

/** Over all of its message, which a replay hands to handlers again. */
export const checksumOf = ({ head, body }: EncodedMessage): number => crc32(body, crc32(head));

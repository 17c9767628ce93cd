import type { DatabaseSync } from "node:sqlite";
import type { EncodedMessage, Message } from "../../../event/message.ts";
import type { SqliteKeys } from "./keys/keys.ts";
import type { Names } from "./names.ts";
import { checksumOf, statusCode, type EventRow } from "./rows.ts";
import type { Totals } from "./totals.ts";

export interface WriterParts {
  readonly keys: SqliteKeys;
  readonly names: Names;
  readonly totals: Totals;
}

/** Writes the rows of events and of their attempts, gives each change its number, and keeps the totals. */
export class EventWriter {
  readonly #keys: SqliteKeys;
  readonly #names: Names;
  readonly #totals: Totals;
  readonly #statements: ReturnType<typeof prepareAll>;
  #change: number;

  constructor(db: DatabaseSync, { keys, names, totals }: WriterParts) {
    this.#keys = keys;
    this.#names = names;
    this.#totals = totals;
    this.#statements = prepareAll(db);
    this.#change = Number(this.#statements.newest.get()?.["newest"]);
  }

  /** The newest change written. */
  get change(): number {
    return this.#change;
  }

  /** Changes the row of an event, or appends it. */
  write(message: Message, encoded: EncodedMessage, row: EventRow | undefined, columns: Changes): number {
    if (row !== undefined) {
      this.update(row, { copy: message.copy, ...columns });
      return row.seq;
    }
    this.#change += 1;
    const seq = this.#change;
    const status = columns.status ?? "pending";
    this.#statements.add.run(
      seq,
      message.receivedAt,
      this.#names.code(message.name),
      statusCode(status),
      null,
      ...changing(initial, columns),
      null,
      encoded.head,
      encoded.body,
      checksumOf(encoded),
    );
    this.#totals.add(status, 1);
    this.#keys.added(message.eventId, message.entity, seq);
    return seq;
  }

  update(row: EventRow, columns: Changes): void {
    this.#change += 1;
    const before = row.status;
    const after = columns.status ?? before;
    const copy = columns.copy ?? row.copy;
    this.#statements.update.run(statusCode(after), copy, ...changing(row, columns), this.#change, row.seq);
    if (before === after) return;
    this.#totals.add(before, -1);
    this.#totals.add(after, 1);
  }

  /** The row holds only the newest success; the earlier one of a replayed event goes into the table of attempts. */
  keepSuccess({ seq, counts, attempts, startedAt, endedAt }: EventRow): void {
    if (counts) this.#statements.keepAttempt.run(seq, attempts, startedAt, endedAt);
  }

  addFailure(seq: number, attempt: number, { startedAt, endedAt, error }: Failure): void {
    this.#statements.addAttempt.run(seq, attempt, startedAt, endedAt, error);
  }

  /** Told that rows were removed: no later change may get one of their numbers. */
  forgot(): void {
    this.#statements.forgot.run(this.#change);
  }

  dropFailure(seq: number, attempt: number): void {
    this.#statements.dropAttempt.run(seq, attempt);
  }
}

interface Failure {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error: string;
}

/** The columns that change with what happens to an event. */
type Changing = Pick<
  EventRow,
  "attempts" | "deliveries" | "conflict" | "counts" | "startedAt" | "endedAt" | "settledAt" | "error"
>;
type Changes = Partial<Changing & Pick<EventRow, "copy" | "status">>;

const initial: Changing = {
  attempts: 0,
  deliveries: 1,
  conflict: false,
  counts: false,
  startedAt: null,
  endedAt: null,
  settledAt: null,
  error: null,
};

/** The new values, in the order of the statements below; binding them by name would take twice as long. */
const changing = (before: Changing, to: Changes): readonly (number | string | null)[] => [
  to.attempts ?? before.attempts,
  to.deliveries ?? before.deliveries,
  Number(to.conflict ?? before.conflict),
  Number(to.counts ?? before.counts),
  to.startedAt === undefined ? before.startedAt : to.startedAt,
  to.endedAt === undefined ? before.endedAt : to.endedAt,
  to.settledAt === undefined ? before.settledAt : to.settledAt,
  to.error === undefined ? before.error : to.error,
];

const addedColumns = /* sql */ `seq, received_at, name, status, copy, attempts, deliveries, conflict, counts, started_at,
  ended_at, settled_at, error, changed, head, body, checksum`;

const prepareAll = (db: DatabaseSync) => ({
  newest: db.prepare(/* sql */ `
    select max(coalesce((select max(seq) from event), 0), coalesce((select max(changed) from event where changed is not null), 0),
      (select count from total where what = 'forgotten')) as newest`),
  add: db.prepare(/* sql */ `
    insert into event (${addedColumns}) values (${addedColumns.replaceAll(/\w+/g, "?")})`),
  update: db.prepare(/* sql */ `
    update event set status = ?, copy = ?, attempts = ?, deliveries = ?, conflict = ?, counts = ?, started_at = ?,
      ended_at = ?, settled_at = ?, error = ?, changed = ? where seq = ?`),
  addAttempt: db.prepare(/* sql */ `
    insert or replace into attempt (seq, number, started_at, ended_at, error) values (?, ?, ?, ?, ?)`),
  keepAttempt: db.prepare(/* sql */ `
    insert or ignore into attempt (seq, number, started_at, ended_at, error) values (?, ?, ?, ?, null)`),
  forgot: db.prepare("update total set count = ? where what = 'forgotten'"),
  dropAttempt: db.prepare("delete from attempt where seq = ? and number = ?"),
});

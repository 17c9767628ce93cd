import type { DatabaseSync } from "node:sqlite";
import { decodeMessage, splitMessage, type EncodedMessage, type Message } from "../../event/message.ts";
import { revisionGate } from "../../event/revision-gate.ts";
import { cutOff, type Verdict } from "../driver.ts";
import type { EventStatus } from "../record.ts";
import type { Landing } from "./sqlite-landings.ts";
import type { SqliteKeys } from "./sqlite-keys.ts";
import { codeOf, isSettled, statusOf, type EventRow, type EventRows, type Names } from "./sqlite-rows.ts";
import type { Totals } from "./sqlite-totals.ts";

/** An event between `admit` and `settle`. */
interface Flight {
  readonly message: Message;
  readonly encoded: EncodedMessage;
  readonly admittedAt: number;
  /** True if the run is counted already. */
  begun: boolean;
  /** Its row, if it has one yet. */
  seq: number | undefined;
}

/** An event that is handled quickly gets its row when it settles; a slow one gets it after this many ms. */
const visibleAfterMs = 250;

export interface AdmissionParts {
  readonly keys: SqliteKeys;
  readonly rows: EventRows;
  readonly names: Names;
  readonly totals: Totals;
}

/** Writes: who may be handled, and how it ended. Every call runs inside the transaction of its batch. */
export class SqliteAdmission {
  readonly #keys: SqliteKeys;
  readonly #rows: EventRows;
  readonly #names: Names;
  readonly #totals: Totals;
  readonly #statements: ReturnType<typeof prepareAll>;
  readonly #flights = new Map<string, Flight>();
  #change: number;

  constructor(db: DatabaseSync, { keys, rows, names, totals }: AdmissionParts) {
    this.#keys = keys;
    this.#rows = rows;
    this.#names = names;
    this.#totals = totals;
    this.#statements = prepareAll(db);
    this.#change = Number(this.#statements.newest.get()?.["newest"]);
  }

  /** The newest change written. */
  get change(): number {
    return this.#change;
  }

  /** @param bytes an encoded message */
  admit(bytes: Uint8Array): Verdict {
    const encoded = splitMessage(bytes);
    const message = decodeMessage(encoded.head);
    const flight = this.#flights.get(message.eventId);
    const row = this.#rows.at(flight?.seq ?? this.#keys.event(message.eventId));
    if (this.#isDuplicate(message, flight, row)) return { kind: "duplicate" };
    const { state, revision } = message;
    const newest = state === null ? undefined : this.#keys.newest(state);
    const verdict = revisionGate(newest?.revision, revision);
    if (verdict.kind === "obsolete") {
      // It may have been on its way before a newer one was handled, or before a crash.
      this.#flights.delete(message.eventId);
      const settled = { status: "obsolete", settledAt: Date.now() } as const;
      this.#write(message, encoded, row, settled);
      return verdict;
    }
    if (row !== undefined && isSettled(statusOf(row.status))) this.#makePending(row, message.copy);
    const now = Date.now();
    this.#flights.set(message.eventId, { message, encoded, admittedAt: now, begun: false, seq: row?.seq });
    return {
      kind: "fresh",
      // A replay of the very event that was handled is no conflict.
      conflict: verdict.conflict && (row === undefined || newest?.seq !== row.seq),
      attempts: row?.attempts ?? 0,
    };
  }

  /** False if the event is not under way here: admit it again. */
  begin(eventId: string, startedAt: number): boolean {
    const flight = this.#flights.get(eventId);
    if (flight === undefined) return false;
    const row = this.#rows.at(this.#show(flight));
    if (row === undefined || flight.begun) return true;
    const attempts = row.attempts + 1;
    this.#keepSuccess(row);
    this.#update(row, { attempts, startedAt, endedAt: startedAt, error: cutOff });
    this.#statements.addAttempt.run(row.seq, attempts, startedAt, startedAt, cutOff);
    flight.begun = true;
    return true;
  }

  /** Places of those that are not under way here, as after a restart of the thread: admit them again. */
  settle(landings: readonly Landing[]): readonly number[] {
    return landings.flatMap((landing, index) => (this.#settle(landing) ? [] : index));
  }

  #settle({ eventId, outcome, conflict, startedAt, endedAt }: Landing): boolean {
    const flight = this.#flights.get(eventId);
    if (flight === undefined) return false;
    this.#flights.delete(eventId);
    const { message, encoded } = flight;
    const row = this.#rows.at(flight.seq);
    const attempts = (row?.attempts ?? 0) + (flight.begun ? 0 : 1);
    const error = outcome.kind === "handled" ? null : outcome.error;
    const status: EventStatus = outcome.kind === "retry" ? "retrying" : outcome.kind;
    if (row !== undefined && !flight.begun) this.#keepSuccess(row);
    const seq = this.#write(message, encoded, row, {
      status,
      attempts,
      conflict: conflict ? 1 : (row?.conflict ?? 0),
      counts: outcome.kind === "handled" ? 1 : (row?.counts ?? 0),
      startedAt,
      endedAt,
      settledAt: isSettled(status) ? endedAt : null,
      error,
    });
    if (error !== null) this.#statements.addAttempt.run(seq, attempts, startedAt, endedAt, error);
    else if (flight.begun) this.#statements.dropAttempt.run(seq, attempts);
    if (error === null && message.state !== null && message.revision !== null) {
      this.#keys.handled(message.state, message.revision, seq);
    }
    return true;
  }

  reopen(eventId: string, copy: string): void {
    if (this.#flights.get(eventId)?.message.copy === copy) return;
    const row = this.#rows.at(this.#keys.event(eventId));
    if (row === undefined || row.copy === copy || !isSettled(statusOf(row.status))) return;
    this.#makePending(row, copy);
  }

  /** Gives a row to what has been under way for a while, so that people see it. */
  showSlow(): void {
    const before = Date.now() - visibleAfterMs;
    for (const flight of this.#flights.values()) {
      if (flight.admittedAt > before) break; // The map keeps the order of admission.
      this.#show(flight);
    }
  }

  /** Is anything waiting for a row? */
  get hasHidden(): boolean {
    for (const flight of this.#flights.values()) if (flight.seq === undefined) return true;
    return false;
  }

  /** True, and counted, if another copy of the event has been here; true if this copy was settled. */
  #isDuplicate(message: Message, flight: Flight | undefined, row: EventRow | undefined): boolean {
    const known = flight?.message.copy ?? row?.copy;
    if (known === undefined) return false;
    const settled = flight === undefined && row !== undefined && isSettled(statusOf(row.status));
    if (known === message.copy) return settled;
    if (message.replay && settled) return false;
    const counted = row ?? this.#rows.at(flight === undefined ? undefined : this.#show(flight));
    if (counted !== undefined) this.#update(counted, { deliveries: counted.deliveries + 1 });
    this.#totals.add("duplicates", 1);
    return true;
  }

  /** A settled event is to be handled once more. */
  #makePending(row: EventRow, copy: string): void {
    this.#update(row, { status: "pending", copy, settledAt: null });
  }

  /** The row tells of the newest success only; an earlier one, of an event that was replayed, goes to the others. */
  #keepSuccess({ seq, counts, attempts, startedAt, endedAt }: EventRow): void {
    if (counts === 1) this.#statements.keepAttempt.run(seq, attempts, startedAt, endedAt);
  }

  #show(flight: Flight): number {
    flight.seq ??= this.#write(flight.message, flight.encoded, undefined, { status: "pending" });
    return flight.seq;
  }

  /** Changes the row of an event, or appends it. */
  #write(message: Message, encoded: EncodedMessage, row: EventRow | undefined, columns: Changes): number {
    if (row !== undefined) {
      this.#update(row, { copy: message.copy, ...columns });
      return row.seq;
    }
    this.#change += 1;
    const seq = this.#change;
    const status = columns.status ?? "pending";
    this.#statements.add.run(
      seq,
      message.receivedAt,
      this.#names.code(message.name),
      codeOf(status),
      null,
      ...changing({ ...initial, ...columns }),
      null,
      encoded.head,
      encoded.body,
    );
    this.#totals.add(status, 1);
    this.#keys.added(message.eventId, message.entity, seq);
    return seq;
  }

  #update(row: EventRow, columns: Changes): void {
    this.#change += 1;
    const before = statusOf(row.status);
    const after = columns.status ?? before;
    const values = { ...row, ...columns };
    this.#statements.update.run(codeOf(after), values.copy, ...changing(values), this.#change, row.seq);
    if (before === after) return;
    this.#totals.add(before, -1);
    this.#totals.add(after, 1);
  }
}

/** The columns that change with what happens to an event. */
type Changing = Pick<
  EventRow,
  "attempts" | "deliveries" | "conflict" | "counts" | "startedAt" | "endedAt" | "settledAt" | "error"
>;
type Changes = Partial<Changing & Pick<EventRow, "copy">> & { readonly status?: EventStatus };

const initial: Changing = {
  attempts: 0,
  deliveries: 1,
  conflict: 0,
  counts: 0,
  startedAt: null,
  endedAt: null,
  settledAt: null,
  error: null,
};

/** Their values in the order of the statements below; binding by name takes twice as long. */
const changing = (row: Changing): readonly (number | string | null)[] => [
  row.attempts,
  row.deliveries,
  row.conflict,
  row.counts,
  row.startedAt,
  row.endedAt,
  row.settledAt,
  row.error,
];

const addedColumns = /* sql */ `seq, received_at, name, status, copy, attempts, deliveries, conflict, counts, started_at,
  ended_at, settled_at, error, changed, head, body`;

const prepareAll = (db: DatabaseSync) => ({
  newest: db.prepare(/* sql */ `
    select max(coalesce((select max(seq) from event), 0), coalesce((select max(changed) from event where changed is not null), 0),
      coalesce((select max(sealed_to) from segment), 0),
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
  dropAttempt: db.prepare("delete from attempt where seq = ? and number = ?"),
});

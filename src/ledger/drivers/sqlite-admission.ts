import type { DatabaseSync } from "node:sqlite";
import type { Message } from "../../event/message.ts";
import { revisionGate } from "../../event/revision-gate.ts";
import type { Outcome, Verdict } from "../driver.ts";
import type { EventStatus } from "../record.ts";
import type { SqliteKeys } from "./sqlite-keys.ts";
import { codeOf, isSettled, rowColumns, statusOf, type EventRow, type Names } from "./sqlite-rows.ts";
import type { Totals } from "./sqlite-totals.ts";

/** An event between `admit` and `settle`. */
interface Flight {
  readonly message: Message;
  readonly admittedAt: number;
  /** Its row, if it has one yet. */
  seq: number | undefined;
}

/** How an attempt ended, as it crosses the thread's border. */
export interface Landing {
  readonly eventId: string;
  readonly outcome: Outcome;
  readonly conflict: boolean;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** An event that is handled quickly gets its row when it settles; a slow one gets it after this many ms. */
const visibleAfterMs = 250;

/** Writes: who may be handled, and how it ended. Every call runs inside the transaction of its batch. */
export class SqliteAdmission {
  readonly #keys: SqliteKeys;
  readonly #names: Names;
  readonly #totals: Totals;
  readonly #statements: ReturnType<typeof prepareAll>;
  readonly #flights = new Map<string, Flight>();
  #change: number;

  constructor(db: DatabaseSync, keys: SqliteKeys, names: Names, totals: Totals) {
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

  admit(message: Message): Verdict {
    const flight = this.#flights.get(message.eventId);
    const row = this.#row(flight?.seq ?? this.#keys.event(message.eventId));
    if (this.#isDuplicate(message, flight, row)) return { kind: "duplicate" };
    const { state, revision } = message;
    const newest = state === null ? undefined : this.#keys.newest(state);
    const verdict = revisionGate(newest?.revision, revision);
    if (verdict.kind === "obsolete") {
      const settled = { status: "obsolete", settled_at: Date.now() } as const;
      this.#write(message, row, settled);
      return verdict;
    }
    if (row !== undefined && isSettled(statusOf(row.status))) this.#makePending(row, message.copy);
    this.#flights.set(message.eventId, { message, admittedAt: Date.now(), seq: row?.seq });
    // A replay of the very event that was handled is no conflict.
    return { kind: "fresh", conflict: verdict.conflict && (row === undefined || newest?.seq !== row.seq) };
  }

  /** False if the event is not under way here, as after a restart of the thread: admit it again. */
  settle({ eventId, outcome, conflict, startedAt, endedAt }: Landing): boolean {
    const flight = this.#flights.get(eventId);
    if (flight === undefined) return false;
    this.#flights.delete(eventId);
    const { message } = flight;
    const row = this.#row(flight.seq);
    const attempts = (row?.attempts ?? 0) + 1;
    const error = outcome.kind === "handled" ? null : outcome.error;
    const status: EventStatus = outcome.kind === "retry" ? "retrying" : outcome.kind;
    const seq = this.#write(message, row, {
      status,
      attempts,
      conflict: conflict ? 1 : (row?.conflict ?? 0),
      counts: outcome.kind === "handled" ? 1 : (row?.counts ?? 0),
      started_at: startedAt,
      ended_at: endedAt,
      settled_at: isSettled(status) ? endedAt : null,
      error,
    });
    if (error !== null) this.#statements.addAttempt.run(seq, attempts, startedAt, endedAt, error);
    else if (message.state !== null && message.revision !== null) {
      this.#keys.handled(message.state, message.revision, seq);
    }
    return true;
  }

  reopen(eventId: string, copy: string): void {
    if (this.#flights.get(eventId)?.message.copy === copy) return;
    const row = this.#row(this.#keys.event(eventId));
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
    const counted = row ?? this.#row(flight === undefined ? undefined : this.#show(flight));
    if (counted !== undefined) this.#update(counted, { deliveries: counted.deliveries + 1 });
    this.#totals.add("duplicates", 1);
    return true;
  }

  /** A settled event is to be handled once more. */
  #makePending(row: EventRow, copy: string): void {
    this.#update(row, { status: "pending", copy, settled_at: null });
  }

  #show(flight: Flight): number {
    flight.seq ??= this.#write(flight.message, undefined, { status: "pending" });
    return flight.seq;
  }

  #row(seq: number | undefined): EventRow | undefined {
    if (seq === undefined) return undefined;
    return this.#statements.row.get(seq) as EventRow | undefined;
  }

  /** Changes the row of an event, or appends it. */
  #write(message: Message, row: EventRow | undefined, columns: Changes): number {
    if (row !== undefined) {
      this.#update(row, { copy: message.copy, ...columns });
      return row.seq;
    }
    this.#change += 1;
    const seq = this.#change;
    const { eventId, entity, receivedAt } = message;
    const status = columns.status ?? "pending";
    this.#statements.add.run(
      seq,
      receivedAt,
      this.#names.code(message.name),
      codeOf(status),
      eventId,
      entity,
      message.state,
      message.revision,
      message.occurredAt,
      message.accountId,
      message.apiSpaceId,
      message.copy,
      ...changing({ ...initial, ...columns }),
      null,
      message.body,
    );
    this.#totals.add(status, 1);
    this.#keys.added(eventId, entity, seq);
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
  "attempts" | "deliveries" | "conflict" | "counts" | "started_at" | "ended_at" | "settled_at" | "error"
>;
type Changes = Partial<Changing & Pick<EventRow, "copy">> & { readonly status?: EventStatus };

const initial: Changing = {
  attempts: 0,
  deliveries: 1,
  conflict: 0,
  counts: 0,
  started_at: null,
  ended_at: null,
  settled_at: null,
  error: null,
};

/** Their values in the order of the statements below; binding by name takes twice as long. */
const changing = (row: Changing): readonly (number | string | null)[] => [
  row.attempts,
  row.deliveries,
  row.conflict,
  row.counts,
  row.started_at,
  row.ended_at,
  row.settled_at,
  row.error,
];

const addedColumns = /* sql */ `seq, received_at, name, status, event_id, entity, state, revision, occurred_at,
  account_id, api_space_id, copy, attempts, deliveries, conflict, counts, started_at, ended_at, settled_at, error,
  changed, body`;

const prepareAll = (db: DatabaseSync) => ({
  newest: db.prepare(/* sql */ `
    select max(coalesce((select max(seq) from event), 0), coalesce((select max(changed) from event), 0),
      coalesce((select max(sealed_to) from segment), 0)) as newest`),
  row: db.prepare(`select ${rowColumns} from event where seq = ?`),
  add: db.prepare(/* sql */ `
    insert into event (${addedColumns}) values (${addedColumns.replaceAll(/\w+/g, "?")})`),
  update: db.prepare(/* sql */ `
    update event set status = ?, copy = ?, attempts = ?, deliveries = ?, conflict = ?, counts = ?, started_at = ?,
      ended_at = ?, settled_at = ?, error = ?, changed = ? where seq = ?`),
  addAttempt: db.prepare(/* sql */ `
    insert or replace into attempt (seq, number, started_at, ended_at, error) values (?, ?, ?, ?, ?)`),
});

import { decodeMessage, splitMessage, type EncodedMessage, type Message } from "../../../event/message.ts";
import { cutOff, endOf, type Verdict, visibleAfterMs } from "../../driver.ts";
import { isReopenedBy, standingOf } from "../../standing.ts";
import { untried, verdictOn } from "../../verdict-on.ts";
import type { ShortSettlement } from "./settlement-columns.ts";
import type { SqliteKeys } from "./keys/keys.ts";
import type { EventRow, EventRows } from "./rows.ts";
import type { Totals } from "./totals.ts";
import type { EventWriter } from "./writer.ts";

/** An event between `admit` and `settle`. */
interface Flight {
  readonly message: Message;
  readonly encoded: EncodedMessage;
  /** On a clock that is never set back. */
  readonly admittedAt: number;
  /** True if this run is counted already. */
  begun: boolean;
  /** Its row, if it has one yet. */
  seq: number | undefined;
}

/** As the thread answers it: a list of numbers is handed over much faster than a list of objects. */
export type ShortVerdict = Verdict | 0;
export const shortened = (verdict: Verdict): ShortVerdict => (verdict === untried ? 0 : verdict);
export const inFull = (verdict: ShortVerdict): Verdict => (verdict === 0 ? untried : verdict);

export interface AdmissionParts {
  readonly keys: SqliteKeys;
  readonly rows: EventRows;
  readonly writer: EventWriter;
  readonly totals: Totals;
}

/**
 * Decides which events may be handled, and writes down how they ended. Every call runs inside the transaction of its
 * batch.
 */
export class SqliteAdmission {
  readonly #keys: SqliteKeys;
  readonly #rows: EventRows;
  readonly #writer: EventWriter;
  readonly #totals: Totals;
  readonly #flights = new Map<string, Flight>();

  constructor({ keys, rows, writer, totals }: AdmissionParts) {
    this.#keys = keys;
    this.#rows = rows;
    this.#writer = writer;
    this.#totals = totals;
  }

  /** @param bytes an encoded message */
  admit(bytes: Uint8Array): Verdict {
    const encoded = splitMessage(bytes);
    const message = decodeMessage(encoded.head);
    const flight = this.#flights.get(message.eventId);
    const row = this.#rows.at(this.#keys.event(message.eventId));
    if (this.#isDuplicate(message, flight, row)) return { kind: "duplicate" };
    const { state, revision } = message;
    const newest = state === null ? undefined : this.#keys.newest(state);
    const known = row && { attempts: row.attempts, error: row.error, isNewest: newest?.seq === row.seq };
    const verdict = verdictOn(revision, newest?.revision, known);
    if (verdict.kind === "obsolete") {
      // It may have been on its way before a newer one was handled, or before a crash.
      this.#flights.delete(message.eventId);
      const settled = { status: "obsolete", settledAt: Date.now() } as const;
      this.#writer.write(message, encoded, row, settled);
      return verdict;
    }
    if (row !== undefined && row.copy !== message.copy) this.#makePending(row, message.copy);
    const admittedAt = performance.now();
    this.#flights.set(message.eventId, { message, encoded, admittedAt, begun: false, seq: row?.seq });
    return verdict;
  }

  /** False if the event is not under way here: then admit it again. */
  begin(eventId: string, startedAt: number): boolean {
    const flight = this.#flights.get(eventId);
    if (flight === undefined) return false;
    const row = this.#rows.at(this.#show(flight));
    if (row === undefined || flight.begun) return true;
    const attempts = row.attempts + 1;
    this.#writer.keepSuccess(row);
    this.#writer.update(row, { attempts, startedAt, endedAt: startedAt, error: cutOff });
    this.#writer.addFailure(row.seq, attempts, { startedAt, endedAt: startedAt, error: cutOff });
    flight.begun = true;
    return true;
  }

  /** Returns the places of those that are not under way here, as after a restart of the thread: admit them again. */
  settle(settlements: readonly ShortSettlement[]): readonly number[] {
    return settlements.flatMap((one, index) => (this.#settle(one) ? [] : index));
  }

  #settle(settlement: ShortSettlement): boolean {
    const { eventId, conflict, startedAt, endedAt } = settlement;
    const flight = this.#flights.get(eventId);
    if (flight === undefined) return false;
    this.#flights.delete(eventId);
    const { message, encoded } = flight;
    const row = this.#rows.at(flight.seq);
    const attempts = (row?.attempts ?? 0) + (flight.begun ? 0 : 1);
    const { status, error, settledAt } = endOf(settlement);
    if (row !== undefined && !flight.begun) this.#writer.keepSuccess(row);
    const seq = this.#writer.write(message, encoded, row, {
      status,
      attempts,
      conflict: conflict || row?.conflict === true,
      counts: status === "handled" || row?.counts === true,
      startedAt,
      endedAt,
      settledAt,
      error,
    });
    if (error !== null) this.#writer.addFailure(seq, attempts, { startedAt, endedAt, error });
    else if (flight.begun) this.#writer.dropFailure(seq, attempts);
    if (error === null && message.state !== null && message.revision !== null) {
      this.#keys.handled(message.state, message.revision, seq);
    }
    return true;
  }

  reopen(eventId: string, copy: string): void {
    const row = this.#rows.at(this.#keys.event(eventId));
    if (row === undefined || !isReopenedBy(copy, row)) return;
    this.#makePending(row, copy);
  }

  /** Gives a row to what has been under way for a while, so that people see it. */
  showSlow(): void {
    const before = performance.now() - visibleAfterMs;
    for (const flight of this.#flights.values()) {
      if (flight.admittedAt > before) break; // The map keeps the order of admission.
      this.#show(flight);
    }
  }

  /** True if it is a duplicate; a repeat by the sender is counted. */
  #isDuplicate(message: Message, flight: Flight | undefined, row: EventRow | undefined): boolean {
    const copy = flight?.message.copy ?? row?.copy;
    if (copy === undefined) return false;
    const { status = "pending", attempts = 0 } = row ?? {};
    const standing = standingOf(message, { copy, status, attempts, isUnderWay: flight !== undefined });
    if (standing !== "repeated") return standing === "done";
    const counted = row ?? this.#rows.at(flight === undefined ? undefined : this.#show(flight));
    if (counted !== undefined) this.#writer.update(counted, { deliveries: counted.deliveries + 1 });
    this.#totals.add("duplicates", 1);
    return true;
  }

  /** This copy is to be handled now. */
  #makePending(row: EventRow, copy: string): void {
    this.#writer.update(row, { status: "pending", copy, settledAt: null });
  }

  #show(flight: Flight): number {
    flight.seq ??= this.#writer.write(flight.message, flight.encoded, undefined, { status: "pending" });
    return flight.seq;
  }
}

import type { Message } from "../../../event/message.ts";
import { cutOff, endOf, type Settlement } from "../../driver.ts";
import { type EventRow, type LoggedAttempt, logOf, type WrittenRow, writtenEvent } from "./rows.ts";
import { storable } from "../../../lib/postgres/texts.ts";
import type { Writing } from "./writer.ts";

/** An event between `admit` and `settle`, and what its row is or will be. */
export class Flight {
  readonly message: Message;
  readonly admittedAt: number = performance.now();
  #row: WrittenRow;
  /** True if the server has the row: as it was, or a newer one. */
  isStored: boolean;
  /** True if the last attempt in the log is the one that is under way. */
  begun = false;

  /** @param row the row that the server has; undefined if there is none */
  constructor(message: Message, row: EventRow | undefined) {
    this.message = message;
    this.isStored = row !== undefined;
    this.#row = row === undefined ? newRow(message) : sameRow(message, row);
  }

  /** The row as it is. */
  get writing(): Writing {
    return this.#with({});
  }

  /** The same event with its row in another state. */
  #with(change: Partial<WrittenRow>): Writing {
    return { row: { ...this.#row, ...change }, isNew: !this.isStored, body: this.message.body };
  }

  obsolete(now: number): Writing {
    return this.#with({ status: "obsolete", settled_at: now });
  }

  /** Its row when this copy is to be handled now. */
  reopened(): Writing {
    return this.#with({ status: "pending", settled_at: null });
  }

  begin(startedAt: number): Writing {
    return this.#with({ error: cutOff, ...logged([...logOf(this.#row), [startedAt, startedAt, cutOff]]) });
  }

  settled(settlement: Settlement): Writing {
    const { conflict, startedAt, endedAt } = settlement;
    const { status, settledAt, error: reason } = endOf(settlement);
    const error = reason?.toWellFormed() ?? null;
    const log = logOf(this.#row);
    const before = this.begun ? log.slice(0, -1) : log;
    return this.#with({
      status,
      settled_at: settledAt,
      conflict: this.#row.conflict || conflict,
      counts: this.#row.counts || status === "handled",
      error: error === null ? null : storable(error),
      ...logged([...before, [startedAt, endedAt, error]]),
    });
  }

  /** The server has written this. */
  stored({ row }: Writing): void {
    this.#row = row;
    this.isStored = true;
  }
}

const logged = (log: readonly LoggedAttempt[]): Pick<WrittenRow, "attempts" | "attempt_log"> => ({
  attempts: log.length,
  attempt_log: JSON.stringify(log),
});

const newRow = (message: Message): WrittenRow => ({
  ...writtenEvent(message),
  copy: storable(message.copy),
  status: "pending",
  attempts: 0,
  conflict: false,
  counts: false,
  settled_at: null,
  error: null,
  attempt_log: "[]",
});

/** The server's row with the fields of this copy; its time of receipt stays that of the first copy. */
const sameRow = (message: Message, row: EventRow): WrittenRow => ({
  ...row,
  ...writtenEvent(message),
  received_at: row.received_at,
  copy: storable(message.copy),
});

import type { Message } from "../event/message.ts";
import type { LedgerTransaction, Outcome, Settlement } from "../ledger/driver.ts";
import type { Delivery } from "../queue/driver.ts";
import type { Lane } from "./lane.ts";

/**
 * A hand-out of an event, from the queue until the answer to it. What is found out on the way is noted here; so it is
 * its own settlement.
 */
export class Attempt implements Settlement {
  readonly delivery: Delivery;
  readonly message: Message;
  readonly lane: Lane<Attempt>;
  /** Runs of this copy that the ledger knew of before this one. */
  known = 0;
  /** The last of these may have ended its process: nobody wrote down how it ended. */
  wasCutOff = false;
  conflict = false;
  /** The ledger has said that it is to be handled. */
  isAdmitted = false;
  /** True if it may end the process: the ledger is told before it runs. */
  isSuspect = false;
  startedAt = 0;
  /** That and what the run took, so that it is not before, whatever became of the clock meanwhile. */
  endedAt = 0;
  /** When the run began, in ms of a clock that nobody sets; and what it took, in ms. */
  begunAt = 0;
  tookMs = 0;
  outcome: Outcome = { kind: "handled" };
  /** Where in the user's code it failed; undefined if that is not known. */
  thrownAt: string | undefined;
  /** True when its handler has ended, or its time is over: no transaction is opened for it any more. */
  isOver = false;
  /** In which the handler writes, if it asked for one. */
  transaction: Promise<LedgerTransaction> | undefined;

  constructor(delivery: Delivery, message: Message, lane: Lane<Attempt>) {
    this.delivery = delivery;
    this.message = message;
    this.lane = lane;
  }

  /** Names the copy; the same when the queue hands it out again. */
  get copy(): string {
    return this.message.copy;
  }

  /** Its handler runs, or waits for its turn to: it is no engine that it waits for. */
  get isWithHandler(): boolean {
    return this.isAdmitted && !this.isOver;
  }

  /**
   * Which run of its handler this is. A hand-out that was cut off when the process ended is one only if the ledger knows
   * that this handler was running: most of those that were under way did nothing wrong.
   */
  get number(): number {
    return Math.min(this.delivery.attempt, this.known + 1);
  }

  /** How often it was handed out beside that, in vain. */
  get surplus(): number {
    return this.delivery.attempt - this.number;
  }
}

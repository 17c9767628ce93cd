import type { Message } from "../../event/message.ts";
import { runsAtReplay } from "../../event/replay-copy.ts";
import type { LedgerTransaction, Outcome, Settlement, Verdict } from "../../ledger/driver.ts";
import type { Delivery } from "../../queue/driver.ts";
import type { Lane } from "../lanes/lane.ts";
import type { Trial } from "./trial.ts";

/**
 * One hand-out of an event, from when the queue gives it until the queue is answered. What is found out on the way is
 * noted here, so that it is its own settlement.
 */
export class Attempt implements Settlement {
  readonly delivery: Delivery;
  readonly message: Message;
  readonly lane: Lane<Attempt>;
  /** Runs of this copy that the ledger knew of before this one. */
  known = 0;
  /** The last of these runs was never written down as ended, so it may have ended its process. */
  wasCutOff = false;
  conflict = false;
  /** True when the ledger has said that it is to be handled. */
  isAdmitted = false;
  /** How it is tried if it may end the process; the ledger is told before it runs. */
  trial: Trial | undefined;
  startedAt = 0;
  /** When the run began, in ms of a clock that nobody sets; and what it took, in ms. */
  begunAt = 0;
  tookMs = 0;
  outcome: Outcome = { kind: "handled" };
  /** With what kind of error it failed, and where in the user's code; undefined if that is not known. */
  errorKind: string | undefined;
  thrownAt: string | undefined;
  /** True when its handler has ended, or its time is over: no transaction is opened for it any more. */
  isOver = false;
  /** The one in which the handler writes, if it asked for one. */
  transaction: Promise<LedgerTransaction> | undefined;

  constructor(delivery: Delivery, message: Message, lane: Lane<Attempt>) {
    this.delivery = delivery;
    this.message = message;
    this.lane = lane;
  }

  /** The ledger has said that it is to be handled, and what is known of it. */
  admit({ attempts, conflict, isCutOff }: Extract<Verdict, { kind: "fresh" }>): void {
    this.isAdmitted = true;
    this.conflict = conflict;
    this.known = Math.max(0, attempts - (runsAtReplay(this.message) ?? 0));
    this.wasCutOff = this.known > 0 && isCutOff;
  }

  /** Reckoned, so that it is never before the start, even if the clock was set back meanwhile. */
  get endedAt(): number {
    return this.startedAt + Math.round(this.tookMs);
  }

  /** Names the copy; the same when the queue hands it out again. */
  get copy(): string {
    return this.message.copy;
  }

  /** True while its handler runs or waits for its turn, so that no engine is to blame for the wait. */
  get isWithHandler(): boolean {
    return this.isAdmitted && !this.isOver;
  }

  /**
   * Which run of its handler this is. A hand-out that was under way when a process ended counts as a run only if the
   * ledger knows that its handler was running: most of those that were under way did nothing wrong.
   */
  get number(): number {
    return Math.min(this.delivery.attempt, this.known + 1);
  }

  /** The one that the handler has, or, if it is not run any more, the one that the ledger will have. */
  get numberInLog(): number {
    return this.trial === "none" ? this.number : this.delivery.attempt;
  }

  /** How often it was handed out without a run that counts. */
  get surplus(): number {
    return this.delivery.attempt - this.number;
  }
}

import type { Outcome } from "../../ledger/driver.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { CommitResult, Transaction } from "../../ledger/transaction.ts";
import { sleep } from "../../lib/async/sleep.ts";
import type { Log } from "../../log.ts";
import type { Attempt } from "./attempt.ts";
import { errorKind } from "./error-kind.ts";
import { HandlerCalls, type HandleResult } from "./handle.ts";
import { describeError } from "./handler-error.ts";
import type { HandlerTable } from "../handlers.ts";
import { isNonRetryable } from "../non-retryable-error.ts";
import { persist } from "../persist.ts";
import { askAgainMs } from "../slots.ts";
import type { Running } from "./running.ts";
import { thrownAt } from "./thrown-at.ts";

export interface RunsParts {
  readonly ledger: Ledger;
  readonly handlers: HandlerTable;
  /** How long a handler may take, in ms. */
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  /** False while it is not sure that events are ours. To ask also drops what has become another process's. */
  readonly mayBegin: () => boolean;
  readonly running: Pick<Running, "add" | "delete">;
  /** Told of each attempt as soon as its outcome is known. */
  readonly ended: (attempt: Attempt) => void;
  readonly now: () => number;
  readonly log: Log;
  readonly trouble: Log;
  readonly givingUp: AbortSignal;
  /** Told of each run, for metrics. */
  readonly onAttempt?: (outcome: Outcome["kind"], seconds: number) => void;
}

/** Runs handlers, and notes in each attempt how it ended. */
export class Runs {
  readonly #parts: RunsParts;
  readonly #calls: HandlerCalls;

  constructor(parts: RunsParts) {
    const { timeoutMs, givingUp, log } = parts;
    this.#parts = parts;
    this.#calls = new HandlerCalls({ timeoutMs, givingUp, log });
  }

  /** Returns a promise if the handler is not done at once. */
  run(attempt: Attempt): Promise<void> | undefined {
    return attempt.trial === undefined ? this.#run(attempt) : this.#runSuspect(attempt);
  }

  /** Told whether what the handler wrote was committed: only now is it known how the run ended. */
  committed(attempt: Attempt, result: CommitResult): void {
    if (result.kind === "failed") this.#note(attempt, result);
    this.#tell(attempt);
  }

  /** Writes down the start before the run, so that it counts if it ends the process. */
  async #runSuspect(attempt: Attempt): Promise<void> {
    const { ledger, mayBegin, now, log, trouble, givingUp } = this.#parts;
    const { message, delivery } = attempt;
    const begin = (): Promise<boolean> => ledger.begin(message, now()).then(() => true);
    const begun = await persist(begin, "ledger.begin_failed", trouble, givingUp);
    while (!givingUp.aborted && !mayBegin()) await sleep(askAgainMs, givingUp);
    if (begun === undefined || givingUp.aborted) return;
    const fields = { eventId: message.eventId, name: message.name, attempt: delivery.attempt };
    // After a crash all that were under way are suspects; only one whose handler was running is worth a line that
    // people see.
    if (attempt.known > 0) log.info("event.suspect", fields);
    else log.debug("event.suspect", fields);
    await this.#run(attempt);
  }

  #run(attempt: Attempt): Promise<void> | undefined {
    const { handlers, running, now } = this.#parts;
    const { message, delivery } = attempt;
    const handler = handlers.find(message.name);
    attempt.startedAt = now();
    attempt.begunAt = performance.now();
    const tx = (): Promise<Transaction> => {
      const client = this.#transaction(attempt);
      // If the handler does not wait for it, a failure must not end the process.
      client.catch(() => undefined);
      return client;
    };
    running.add(attempt);
    const result = handler && this.#calls.call(handler, message, { attempt: delivery.attempt, tx });
    if (result instanceof Promise) return result.then((late) => this.#over(attempt, late));
    return this.#over(attempt, result);
  }

  #over(attempt: Attempt, result: HandleResult): Promise<void> | undefined {
    attempt.isOver = true;
    this.#parts.running.delete(attempt);
    if (attempt.transaction !== undefined) return this.#endedInside(attempt, result);
    this.#ended(attempt, result);
    return undefined;
  }

  async #transaction(attempt: Attempt): Promise<Transaction> {
    if (attempt.isOver) throw new Error("The handler is over, and its transaction with it.");
    attempt.transaction ??= this.#parts.ledger.transaction(this.#parts.timeoutMs);
    return (await attempt.transaction).client;
  }

  /** Ends a run that wrote in a transaction: after a failure, nothing that the handler wrote is kept. */
  async #endedInside(attempt: Attempt, result: HandleResult): Promise<void> {
    const { transaction } = attempt;
    const isKept = result === undefined && !this.#parts.givingUp.aborted;
    const opened = isKept ? await transaction?.catch(() => undefined) : undefined;
    if (opened === undefined) attempt.transaction = undefined;
    // Not awaited: a server that hangs may not even have begun the transaction.
    if (!isKept) transaction?.then(({ rollback }) => rollback()).catch(() => undefined);
    this.#ended(attempt, result);
  }

  #ended(attempt: Attempt, result: HandleResult): void {
    const { givingUp, ended } = this.#parts;
    // It was told to give up, so its error says nothing about the event.
    if (result !== undefined && givingUp.aborted) return;
    attempt.tookMs = performance.now() - attempt.begunAt;
    this.#note(attempt, result);
    if (attempt.transaction === undefined) this.#tell(attempt);
    ended(attempt);
  }

  #note(attempt: Attempt, result: HandleResult): void {
    attempt.outcome = this.#outcomeOf(attempt, result);
    attempt.errorKind = result && errorKind(result.error);
    attempt.thrownAt = result && thrownAt(result.error);
  }

  #outcomeOf({ number }: Attempt, result: HandleResult): Outcome {
    if (result === undefined) return handled;
    const isLast = number >= this.#parts.maxAttempts || isNonRetryable(result.error);
    return { kind: isLast ? "dead" : "retry", error: describeError(result.error).slice(0, 4_000) };
  }

  #tell({ outcome, tookMs }: Attempt): void {
    this.#parts.onAttempt?.(outcome.kind, tookMs / 1_000);
  }
}

const handled: Outcome = { kind: "handled" };

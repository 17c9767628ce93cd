import { laneOf } from "../event/shard.ts";
import { cutOff, type Verdict } from "../ledger/driver.ts";
import { errorFields } from "../log.ts";
import type { Delivery } from "../queue/driver.ts";
import type { Queue } from "../queue/queue.ts";
import { Admission } from "./admission.ts";
import { Answers } from "./answers.ts";
import { Attempt } from "./attempt.ts";
import { Batcher } from "./batcher.ts";
import { InFlight } from "./in-flight.ts";
import { Lanes } from "./lanes.ts";
import { persist } from "./persist.ts";
import { Runs, type RunsParts } from "./runs.ts";
import { Suspects } from "./suspects.ts";

export interface PipelineParts extends Omit<RunsParts, "ended"> {
  readonly queue: Queue;
  /** How long to wait after this run has failed, in ms. */
  readonly delayAfter: (run: number) => number;
  /** Aborted: begin nothing new. */
  readonly stopping: AbortSignal;
}

/** A message that this version cannot read waits so long for a newer one, in ms. */
const unreadableMs = 60_000;

/**
 * The way of a delivery, in stages: its lane, may it be handled, the handler, how it ended is written down, the queue is
 * answered; in this order, so that a crash between any two of them makes the queue hand it out again. Stages that ask an
 * engine do so for all that are ready at once. A lane is free when the outcome is written down, since the ledger
 * knows a settled delivery that is handed out once more; after a failure, when the queue has taken it back as well.
 */
export class Pipeline {
  readonly inFlight: InFlight = new InFlight();
  readonly #parts: PipelineParts;
  readonly #lanes: Lanes<Attempt>;
  readonly #admission: Admission;
  readonly #suspects: Suspects;
  readonly #runs: Runs;
  readonly #settling = new Batcher<Attempt>((attempts) => this.#settle(attempts));
  readonly #answers: Answers;

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    // Not the clock of the machine: were that set back, what is parked would seem to be missing for as long.
    this.#lanes = new Lanes(() => performance.now());
    const admitted = (attempt: Attempt, verdict: Verdict): void => this.#admitted(attempt, verdict);
    this.#admission = new Admission({ ...parts, admitted });
    this.#runs = new Runs({ ...parts, ended: (attempt) => this.#settling.add(attempt) });
    this.#suspects = new Suspects((attempt) => this.#runs.add(attempt));
    const again = (delivery: Delivery): void => this.take(delivery);
    this.#answers = new Answers({ ...parts, inFlight: this.inFlight, again });
  }

  take(delivery: Delivery): void {
    if (!this.inFlight.add(delivery)) return;
    const { message } = delivery;
    if (message instanceof RangeError) return this.#unreadable(delivery, message);
    const lane = this.#lanes.at(laneOf(message));
    const attempt = new Attempt(delivery, message, lane);
    const entrance = lane.enter(attempt);
    if (entrance === "turn") this.#admission.add(attempt);
    if (entrance === "parked") this.#park([attempt]);
  }

  /** Begins nothing new; resolves when what has begun is done. `stopping` is aborted before. */
  async close(): Promise<void> {
    this.inFlight.close();
    const ended = this.#runs.close();
    await this.#admission.idle();
    await ended;
    await this.#settling.idle();
    await this.#answers.idle();
  }

  #unreadable(delivery: Delivery, error: RangeError): void {
    this.#parts.log.error("queue.message_unreadable", errorFields(error));
    this.#answers.sendBack(delivery, unreadableMs);
  }

  #admitted(attempt: Attempt, verdict: Verdict): void {
    if (verdict.kind !== "fresh") {
      this.#parts.log.debug(`event.${verdict.kind}`, { eventId: attempt.message.eventId });
      this.#answers.ack(attempt.delivery);
      return this.#leave(attempt);
    }
    attempt.conflict = verdict.conflict;
    attempt.known = verdict.attempts;
    if (!this.#suspects.means(attempt)) return this.#runs.add(attempt);
    return this.#suspected(attempt);
  }

  #suspected(attempt: Attempt): void {
    const { now, maxAttempts } = this.#parts;
    const { lane, known, delivery } = attempt;
    if (known >= maxAttempts && delivery.attempt > maxAttempts) {
      attempt.startedAt = attempt.endedAt = now();
      attempt.outcome = { kind: "dead", error: cutOff };
      return this.#settling.add(attempt);
    }
    attempt.isSuspect = true;
    // After a crash all that was under way is suspected once. So these are tried side by side, like any other.
    if (known === 0 && maxAttempts > 1) return this.#runs.add(attempt);
    return this.#park(this.#suspects.add(attempt) ? lane.hold() : lane.clear());
  }

  async #settle(attempts: readonly Attempt[]): Promise<void> {
    const { ledger, trouble, givingUp } = this.#parts;
    const settle = (): Promise<boolean> => ledger.settle(attempts).then(() => true);
    if ((await persist(settle, "ledger.settle_failed", trouble, givingUp)) === undefined) return;
    for (const attempt of attempts) {
      if (attempt.number < attempt.delivery.attempt) this.#suspects.done(attempt);
      this.#answer(attempt);
    }
  }

  /**
   * The lane is free at once if it is settled, as the ledger knows. What is to be tried again must have left its place
   * in the queue before: else a crash would bring it back before a newer one that was handled meanwhile.
   */
  #answer(settled: Attempt): void {
    const { log, delayAfter } = this.#parts;
    const { delivery, outcome, number } = settled;
    const { eventId, name } = settled.message;
    const { attempt } = delivery;
    if (outcome.kind === "retry") {
      const delayMs = delayAfter(number);
      log.warn("event.failed", { eventId, name, attempt, retryInMs: delayMs });
      const leave = (): void => this.#leave(settled);
      return this.#answers.retry(delivery, { delayMs, attempt: attempt + 1 }, leave);
    }
    if (outcome.kind === "dead") log.error("event.dead", { eventId, name, attempt });
    else log.debug("event.handled", { eventId, name, attempt });
    this.#answers.ack(delivery);
    return this.#leave(settled);
  }

  #leave({ lane }: Attempt): void {
    const next = lane.leave();
    if (next !== undefined) this.#admission.add(next);
  }

  /** They wait in the queue for a while. */
  #park(attempts: readonly Attempt[]): void {
    for (const { delivery, lane } of attempts) this.#answers.sendBack(delivery, lane.parkMs);
  }
}

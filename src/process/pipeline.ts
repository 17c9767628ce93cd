import type { Message } from "../event/message.ts";
import { laneOf, shardOf, shardOfLane } from "../event/shard.ts";
import { cutOff, type LedgerTransaction, type Verdict } from "../ledger/driver.ts";
import { UnderWay } from "../lib/async/under-way.ts";
import { errorFields } from "../log.ts";
import type { Delivery } from "../queue/driver.ts";
import type { Queue } from "../queue/queue.ts";
import { admission } from "./admission.ts";
import { Answers } from "./answers.ts";
import { Attempt } from "./runs/attempt.ts";
import type { Batcher } from "./batcher.ts";
import { InFlight } from "./in-flight.ts";
import { Lanes } from "./lanes/lanes.ts";
import { Runs, type RunsParts } from "./runs/runs.ts";
import { settling } from "./settling.ts";
import { Slots } from "./slots.ts";
import { Suspects } from "./runs/suspects.ts";
import { trialOf } from "./runs/trial.ts";

export interface PipelineParts extends Omit<RunsParts, "ended"> {
  readonly queue: Queue;
  /** Handlers that may run at the same time. */
  readonly concurrency: number;
  /** How long to wait after this run has failed, in ms. */
  readonly delayAfter: (run: number) => number;
  /** For how many ms the queue has been answering, from any fixed moment on. */
  readonly answeredMs: () => number;
  /** Aborted: begin nothing new. */
  readonly stopping: AbortSignal;
  /** Told of each event before its handler runs for the first time. */
  readonly onFirstRun?: (message: Message) => void;
}

/** How long a message that this version cannot read waits for a newer version, in ms. */
const unreadableMs = 60_000;
/** Until the queue, too, knows that another process has the shard, in ms. */
const elsewhereMs = 200;

/**
 * The way of a delivery, in stages: into its lane, admitted by the ledger, handled, its outcome written down, answered
 * to the queue. So after a crash between any two of them the queue hands it out again. A stage that asks an engine does
 * so for all that are ready at once. A lane is free when the outcome is written down, since the ledger knows a settled
 * delivery that comes once more; after a failure, when the queue has taken it back as well.
 */
export class Pipeline {
  readonly inFlight: InFlight = new InFlight();
  readonly #parts: PipelineParts;
  readonly #lanes: Lanes<Attempt>;
  readonly #admission: Batcher<Attempt>;
  readonly #suspects: Suspects;
  readonly #slots: Slots<Attempt>;
  readonly #runs: Runs;
  readonly #settling: Batcher<Attempt>;
  readonly #commits = new UnderWay();
  readonly #answers: Answers;
  /** Shards that are being left to others. */
  readonly #leaving = new Set<number>();

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#lanes = new Lanes(() => performance.now(), parts.answeredMs);
    this.#admission = admission({ ...parts, admitted: this.#admitted });
    this.#settling = settling({ ...parts, settled: this.#settled, lost: this.#lost });
    // An attempt whose handler wrote in a transaction is settled in that transaction.
    const ended = (attempt: Attempt): void => {
      if (attempt.transaction === undefined) this.#settling.add(attempt);
      else void this.#commits.add(this.#commit(attempt, attempt.transaction));
    };
    this.#runs = new Runs({ ...parts, ended });
    const isAlone = ({ trial }: Attempt): boolean => trial === "alone";
    this.#slots = new Slots({ ...parts, isAlone }, (attempt) => this.#runs.run(attempt));
    this.#suspects = new Suspects(this.#slots);
    const again = (delivery: Delivery): void => this.take(delivery);
    this.#answers = new Answers({ ...parts, inFlight: this.inFlight, again });
  }

  take(delivery: Delivery): void {
    if (!this.inFlight.add(delivery)) return;
    const { message } = delivery;
    if (message instanceof RangeError) return this.#unreadable(delivery, message);
    const attempt = new Attempt(delivery, message, this.#lanes.at(laneOf(message)));
    const entrance = attempt.lane.enter(attempt);
    if (entrance === "turn") this.#admission.add(attempt);
    if (entrance === "parked") this.#park([attempt]);
  }

  /**
   * What waits behind slow handlers goes back to the queue: it takes the room of others that could run. If there is room
   * anyway before all that wait for a handler have had one, others could not run sooner, and the same ones would go
   * back and forth in vain. Bodies that take the room go back in any case.
   */
  makeRoom(): void {
    const { waiting } = this.#slots;
    if (waiting > 0 && waiting + this.#parts.concurrency >= this.inFlight.surplus) return;
    this.#park(this.#lanes.trim(({ isWithHandler }) => isWithHandler));
  }

  /**
   * Leaves these shards to others, and takes no more of their events: what has not begun goes back into the queue.
   * Resolves when nothing of them is under way.
   */
  async leave(shards: readonly number[]): Promise<void> {
    for (const shard of shards) this.#leaving.add(shard);
    // In this order, since a run that is withdrawn lets a suspect begin.
    for (const part of [this.#suspects, this.#slots])
      for (const attempt of part.withdraw(this.#isLeaving)) this.#sendBack(attempt);
    const { shards: count } = this.#parts.queue;
    await this.inFlight.without(
      ({ message }) => !(message instanceof RangeError) && shards.includes(shardOf(message, count)),
    );
    this.#lanes.expectNothing((lane) => shards.includes(shardOfLane(lane, count)));
  }

  /** These shards are ours, again or for the first time. What still comes of others goes back. */
  enter(shards: readonly number[]): void {
    for (const shard of shards) this.#leaving.delete(shard);
  }

  /** Begins nothing new; resolves when what has begun is done. `stopping` is aborted before. */
  async close(): Promise<void> {
    await this.finish();
    await this.#answers.idle();
  }

  /** After `close`: gives back to the queue what has not begun. No handler has seen it, so no attempt counts. */
  async giveBack(): Promise<void> {
    const { queue, givingUp } = this.#parts;
    // Then some of what is left has begun, and that counts.
    if (givingUp.aborted) return;
    const again = async (delivery: Delivery): Promise<void> =>
      queue.retry(delivery, { delayMs: 0, attempt: delivery.attempt });
    // What the queue does not take now is handed out again when this process is gone, and then an attempt counts.
    await Promise.allSettled(this.inFlight.all().map(again));
  }

  /**
   * Begins nothing new; resolves when the outcome of all that has begun is written down, even if the queue has not
   * heard it.
   */
  async finish(): Promise<void> {
    this.inFlight.close();
    const ended = this.#slots.close();
    await this.#admission.idle();
    await ended;
    await this.#commits.idle();
    await this.#settling.idle();
  }

  #unreadable(delivery: Delivery, error: RangeError): void {
    this.#parts.trouble.error("queue.message_unreadable", errorFields(error));
    this.#answers.sendBack(delivery, unreadableMs);
  }

  readonly #admitted = (attempt: Attempt, verdict: Verdict): void => {
    if (verdict.kind === "elsewhere") return this.#sendBack(attempt, elsewhereMs);
    if (this.#isLeaving(attempt)) return this.#sendBack(attempt);
    if (verdict.kind !== "fresh") {
      this.#parts.log.debug(`event.${verdict.kind}`, { eventId: attempt.message.eventId });
      return this.#over(attempt);
    }
    attempt.admit(verdict);
    if (attempt.number === 1) this.#parts.onFirstRun?.(attempt.message);
    return this.#suspects.means(attempt) ? this.#suspected(attempt) : this.#slots.add(attempt);
  };

  #suspected(attempt: Attempt): void {
    const { now, maxAttempts } = this.#parts;
    attempt.trial = trialOf(attempt, maxAttempts);
    if (attempt.trial === "none") {
      attempt.startedAt = now();
      attempt.outcome = { kind: "dead", error: cutOff };
      attempt.errorKind = cutOff;
      return this.#settling.add(attempt);
    }
    if (attempt.trial === "beside-others") return this.#slots.add(attempt);
    if (!this.#suspects.add(attempt)) this.#park(attempt.lane.clear());
  }

  /** By itself: a commit may take seconds, and no other attempt should wait for it. */
  async #commit(attempt: Attempt, transaction: Promise<LedgerTransaction>): Promise<void> {
    const result = await (await transaction).commit(attempt);
    this.#runs.committed(attempt, result);
    switch (result.kind) {
      case "committed":
        return this.#settled(attempt);
      case "elsewhere":
        return this.#lost(attempt);
      case "failed":
        return this.#settling.add(attempt);
      case "unknown": {
        const { eventId } = attempt.message;
        this.#parts.log.warn("event.commit_unknown", { eventId, ...errorFields(result.error) });
        this.#suspects.done(attempt);
        return this.#tryAgain(attempt, this.#parts.delayAfter(attempt.number));
      }
    }
  }

  /** Another process handles it, or has handled it. */
  readonly #lost = (attempt: Attempt): void => {
    this.#parts.log.warn("event.share_lost", { eventId: attempt.message.eventId });
    this.#sendBack(attempt);
  };

  readonly #settled = (settled: Attempt): void => {
    this.#suspects.done(settled);
    const { log, delayAfter } = this.#parts;
    const { outcome, number, numberInLog: attempt, errorKind: error, thrownAt } = settled;
    const { eventId, name } = settled.message;
    if (outcome.kind === "retry") {
      const delayMs = delayAfter(number);
      log.warn("event.failed", { eventId, name, attempt, error, thrownAt, retryInMs: delayMs });
      return this.#tryAgain(settled, delayMs);
    }
    if (outcome.kind === "dead") log.error("event.dead", { eventId, name, attempt, error, thrownAt });
    else log.debug("event.handled", { eventId, name, attempt });
    return this.#over(settled);
  };

  /** The lane is free at once: the ledger knows that it is settled. */
  #over(attempt: Attempt): void {
    this.#answers.ack(attempt.delivery);
    this.#leave(attempt);
  }

  /**
   * The lane is free when it has left its place in the queue: else a crash would bring it back before a newer one that
   * was handled meanwhile.
   */
  #tryAgain(attempt: Attempt, delayMs: number): void {
    const { delivery } = attempt;
    this.#answers.retry(delivery, { delayMs, attempt: delivery.attempt + 1 }, () => this.#leave(attempt));
  }

  #leave({ lane }: Attempt): void {
    const next = lane.leave();
    if (next === undefined) return;
    if (this.#isLeaving(next)) return this.#sendBack(next);
    this.#admission.add(next);
  }

  #sendBack(attempt: Attempt, delayMs = 0): void {
    this.#suspects.done(attempt);
    this.#answers.sendBack(attempt.delivery, delayMs);
    this.#leave(attempt);
  }

  readonly #isLeaving = ({ message }: Attempt): boolean =>
    this.#leaving.size > 0 && this.#leaving.has(shardOf(message, this.#parts.queue.shards));

  /** Lets them wait in the queue for a while. */
  #park(attempts: readonly Attempt[]): void {
    for (const attempt of attempts) {
      const { delivery, lane } = attempt;
      this.#answers.sendBack(delivery, lane.parkMs(attempt), () => lane.kept(attempt));
    }
  }
}

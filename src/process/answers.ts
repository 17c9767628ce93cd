import { ClosedError } from "../errors.ts";
import { pauseMs } from "../lib/async/pause.ts";
import { sleep } from "../lib/async/sleep.ts";
import { UnderWay } from "../lib/async/under-way.ts";
import type { Log } from "../log.ts";
import type { Delivery, RetryOptions } from "../queue/driver.ts";
import type { Queue } from "../queue/queue.ts";
import { Batcher } from "./batcher.ts";
import type { InFlight } from "./in-flight.ts";
import { persist, tellFailure, tellRecovery } from "./persist.ts";

export interface AnswersParts {
  readonly queue: Queue;
  readonly inFlight: InFlight;
  /** Given what was handed out again before the queue had its answer, and what the ledger must be asked about again. */
  readonly again: (delivery: Delivery) => void;
  readonly trouble: Log;
  readonly stopping: AbortSignal;
  readonly givingUp: AbortSignal;
}

/** What the queue is to forget. */
interface Done {
  readonly delivery: Delivery;
  /** How many calls had failed when it was done. */
  readonly failures: number;
}

/**
 * The end of the way: tells the queue what became of its deliveries. What is done is told for many at once. What the
 * queue is to take back is told one by one: it may have no room for one of them, and gets room only by hearing of
 * others.
 */
export class Answers {
  readonly #parts: AnswersParts;
  readonly #acks = new Batcher<Done>((done) => this.#ack(done));
  readonly #retries = new UnderWay();
  /** How many calls have failed: in all, and since the last one that worked. */
  #failures = 0;
  #inRow = 0;

  constructor(parts: AnswersParts) {
    this.#parts = parts;
  }

  ack(delivery: Delivery): void {
    this.#acks.add({ delivery, failures: this.#failures });
  }

  /** @param heard told when the queue has it again */
  retry(delivery: Delivery, options: RetryOptions, heard?: () => void): void {
    const { queue, trouble, givingUp } = this.#parts;
    const told = persist(() => queue.retry(delivery, options), "queue.retry_failed", trouble, givingUp);
    const heardOf = told.then(() => {
      heard?.();
      this.#over([delivery]);
    });
    void this.#retries.add(heardOf);
  }

  /**
   * Gives back what was taken too early: it keeps its place and its attempt.
   *
   * @param heard told when the queue has it again
   */
  sendBack(delivery: Delivery, delayMs: number, heard?: () => void): void {
    this.retry(delivery, { delayMs, attempt: delivery.attempt }, heard);
  }

  /** Resolves when the queue has heard all. */
  async idle(): Promise<void> {
    // What comes again after its acknowledgement may have to go back. Nothing is acknowledged because of what went back:
    // a worker that stops admits no more.
    await this.#acks.idle();
    await this.#retries.idle();
  }

  /**
   * A queue that is back may be another one, as after a failover to a standby that lagged behind. A ledger in the same
   * server may then have lost that these events are settled. So the ledger is asked again about what was done before
   * the failure, before the queue hears of it.
   */
  async #ack(done: readonly Done[]): Promise<void> {
    const { queue, trouble, givingUp } = this.#parts;
    const isSure = ({ failures }: Done): boolean => failures === this.#failures;
    const sure = done.filter(isSure).map(({ delivery }) => delivery);
    const unsure = done.filter((one) => !isSure(one)).map(({ delivery }) => delivery);
    this.#askAgain(unsure);
    if (sure.length === 0) return;
    try {
      await queue.ack(sure);
      tellRecovery(trouble, "queue.ack_failed", this.#inRow);
      this.#inRow = 0;
      this.#over(sure);
    } catch (error) {
      if (error instanceof ClosedError) return this.#over(sure);
      this.#failures += 1;
      this.#inRow += 1;
      tellFailure(trouble, "queue.ack_failed", this.#inRow, error);
      await sleep(pauseMs(this.#inRow), givingUp);
      this.#askAgain(sure);
    }
  }

  #askAgain(deliveries: readonly Delivery[]): void {
    const { inFlight, again, stopping } = this.#parts;
    const newer = new Map(inFlight.remove(deliveries).map((delivery) => [delivery.receipt, delivery]));
    // A worker that stops leaves them to the next one, which asks too.
    if (stopping.aborted) return;
    for (const delivery of deliveries) again(newer.get(delivery.receipt) ?? delivery);
  }

  #over(deliveries: readonly Delivery[]): void {
    const { inFlight, again } = this.#parts;
    for (const delivery of inFlight.remove(deliveries)) again(delivery);
  }
}

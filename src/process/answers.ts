import type { Log } from "../log.ts";
import type { Delivery, RetryOptions } from "../queue/driver.ts";
import type { Queue } from "../queue/queue.ts";
import { Batcher } from "./batcher.ts";
import type { InFlight } from "./in-flight.ts";
import { persist } from "./persist.ts";

const nobody = (): void => undefined;

export interface AnswersParts {
  readonly queue: Queue;
  readonly inFlight: InFlight;
  /** Gets what was handed out once more before its answer had arrived. */
  readonly again: (delivery: Delivery) => void;
  readonly trouble: Log;
  readonly givingUp: AbortSignal;
}

/**
 * The end of the way: the queue hears what became of its deliveries. What is done it hears of many at once; what it is
 * to take back, each by itself: it may have no room for one, and gets room only by hearing of others.
 */
export class Answers {
  readonly #parts: AnswersParts;
  readonly #acks = new Batcher<Delivery>((deliveries) => this.#ack(deliveries));
  readonly #retries = new Set<Promise<void>>();

  constructor(parts: AnswersParts) {
    this.#parts = parts;
  }

  ack(delivery: Delivery): void {
    this.#acks.add(delivery);
  }

  /** @param heard told when the queue has it again */
  retry(delivery: Delivery, options: RetryOptions, heard: () => void = nobody): void {
    const retry = this.#retry(delivery, options).then(() => {
      this.#retries.delete(retry);
      heard();
      this.#over([delivery]);
    });
    this.#retries.add(retry);
  }

  /** It was taken too early: it keeps its place and its attempt. */
  sendBack(delivery: Delivery, delayMs: number): void {
    this.retry(delivery, { delayMs, attempt: delivery.attempt });
  }

  /** Resolves when the queue has heard all. */
  async idle(): Promise<void> {
    do {
      await Promise.all(this.#retries);
      await this.#acks.idle();
    } while (this.#retries.size > 0);
  }

  async #ack(deliveries: readonly Delivery[]): Promise<void> {
    const { queue, trouble, givingUp } = this.#parts;
    await persist(() => queue.ack(deliveries), "queue.ack_failed", trouble, givingUp);
    this.#over(deliveries);
  }

  #retry(delivery: Delivery, options: RetryOptions): Promise<void> {
    const { queue, trouble, givingUp } = this.#parts;
    return persist(() => queue.retry(delivery, options), "queue.retry_failed", trouble, givingUp);
  }

  #over(deliveries: readonly Delivery[]): void {
    const { inFlight, again } = this.#parts;
    for (const delivery of inFlight.remove(deliveries)) again(delivery);
  }
}

import type { Log } from "../log.ts";
import type { Delivery, RetryOptions } from "../queue/driver.ts";
import type { Queue } from "../queue/queue.ts";
import { Batcher } from "./batcher.ts";
import type { InFlight } from "./in-flight.ts";
import { persist } from "./persist.ts";

/** What the queue is told of a delivery. */
interface Answer {
  readonly delivery: Delivery;
  /** Undefined: it is done. */
  readonly retry: RetryOptions | undefined;
  /** Told when the queue has heard it. */
  readonly heard: () => void;
}

const nobody = (): void => undefined;

export interface AnswersParts {
  readonly queue: Queue;
  readonly inFlight: InFlight;
  /** Gets what was handed out once more before its answer had arrived. */
  readonly again: (delivery: Delivery) => void;
  readonly trouble: Log;
  readonly givingUp: AbortSignal;
}

/** The end of the way: the queue hears what became of its deliveries, of many at once. */
export class Answers {
  readonly #parts: AnswersParts;
  readonly #batcher = new Batcher<Answer>((answers) => this.#give(answers));

  constructor(parts: AnswersParts) {
    this.#parts = parts;
  }

  ack(delivery: Delivery): void {
    this.#batcher.add({ delivery, retry: undefined, heard: nobody });
  }

  retry(delivery: Delivery, retry: RetryOptions, heard: () => void = nobody): void {
    this.#batcher.add({ delivery, retry, heard });
  }

  /** It was taken too early: it keeps its place and its attempt. */
  sendBack(delivery: Delivery, delayMs: number): void {
    this.retry(delivery, { delayMs, attempt: delivery.attempt });
  }

  /** Resolves when the queue has heard all. */
  idle(): Promise<void> {
    return this.#batcher.idle();
  }

  async #give(answers: readonly Answer[]): Promise<void> {
    const { queue, inFlight, again } = this.#parts;
    const done: Delivery[] = [];
    const calls: Promise<unknown>[] = [];
    for (const { delivery, retry } of answers) {
      if (retry === undefined) done.push(delivery);
      else calls.push(this.#persist(() => queue.retry(delivery, retry), "queue.retry_failed"));
    }
    if (done.length > 0) calls.push(this.#persist(() => queue.ack(done), "queue.ack_failed"));
    await Promise.all(calls);
    for (const { heard } of answers) heard();
    for (const delivery of inFlight.remove(answers.map(({ delivery }) => delivery))) again(delivery);
  }

  #persist(call: () => Promise<void>, fact: string): Promise<void> {
    return persist(call, fact, this.#parts.trouble, this.#parts.givingUp);
  }
}

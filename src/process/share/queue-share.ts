import { OneByOne } from "../../lib/async/one-by-one.ts";
import { shared } from "../../lib/async/shared.ts";
import type { Queue } from "../../queue/queue.ts";

/** Tells the queue what to hand to this process: one call after the other, so that the last word holds. */
export class QueueShare {
  readonly #queue: Queue;
  readonly #told = new OneByOne();
  /** True until the queue has heard that everything was lost. */
  #mustGiveUp = false;
  readonly #giveUp = shared(async () => {
    await this.own([]);
    this.#mustGiveUp = false;
  });

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  /**
   * The queue is to hand us the messages of these shards. Shards that were lost before must have been given up by then.
   */
  own(shards: readonly number[]): Promise<void> {
    return this.#told.run(() => this.#queue.own(shards));
  }

  /**
   * Everything belongs to others now. The queue is told at once: some queues can give others what they have handed to
   * us only when they are told, and it may take long until the ledger says what is ours next.
   */
  lose(): void {
    this.#mustGiveUp = true;
    this.giveUpSoon();
  }

  /** Resolves when the queue has heard of everything that was lost: what it hands out from then on is ours. */
  async giveUp(): Promise<void> {
    if (this.#mustGiveUp) await this.#giveUp();
  }

  /** Does not wait for it; a queue that cannot be told now must be told again. */
  giveUpSoon(): void {
    this.giveUp().catch(() => undefined);
  }
}

import { OneByOne } from "../lib/one-by-one.ts";
import { shared } from "../lib/shared.ts";
import type { Queue } from "../queue/queue.ts";

/** What the queue hands to this process. It is told one thing after the other, so that the last word holds. */
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

  /** It is to hand us what is of these shards. What was lost before must be given up by then. */
  own(shards: readonly number[]): Promise<void> {
    return this.#told.run(() => this.#queue.own(shards));
  }

  /**
   * All of it belongs to others now. The queue hears that at once: some can give to others what they have handed to us only
   * when they are told, and it may be long until the ledger says what is ours then.
   */
  lose(): void {
    this.#mustGiveUp = true;
    this.giveUpSoon();
  }

  /** Resolves when the queue has heard of all that was lost; so what is handed out from then on is ours. */
  async giveUp(): Promise<void> {
    if (this.#mustGiveUp) await this.#giveUp();
  }

  /** A queue that does not hear it now has to be told again. */
  giveUpSoon(): void {
    this.giveUp().catch(() => undefined);
  }
}

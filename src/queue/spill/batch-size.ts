/** Messages that are forwarded at once: at first, and at most. */
const batch = { first: 500, most: 5_000 };
/** If an engine takes longer than this for a batch, in ms, the next is smaller: calls give up after 4 s. */
const slowMs = 2_000;

/**
 * How many messages are tried at once. An engine that waits for its disk or for another machine needs as long for few
 * as for many: one that is quick is sent more the next time, one that is slow no fewer than at first.
 */
export class BatchSize {
  #most = batch.first;

  get most(): number {
    return this.#most;
  }

  /**
   * The engine took something.
   *
   * @param count how many it was sent
   * @param tookMs how long it needed for them
   */
  took(count: number, tookMs: number): void {
    // A small batch says nothing about a large one.
    if (count >= this.#most && tookMs <= slowMs) this.#most = more(this.#most);
    if (tookMs > slowMs && this.#most > batch.first)
      this.#most = Math.max(batch.first, Math.ceil(this.#most / 2));
  }

  /** So many were too many, since one of them cannot be sent: it is searched for. */
  halve(count: number): void {
    this.#most = Math.ceil(count / 2);
  }
}

/** The size of the next batch: doubled up to the first size, then in smaller steps, since the engine may become slow. */
const more = (most: number): number =>
  Math.min(batch.most, most * 2, Math.max(batch.first, Math.ceil(most * 1.5)));

/**
 * After how long without an answer a queue counts as out of reach, in ms; longer than any call waits for its answer.
 */
const silenceMs = 6_000;

/** Whether the queue answers this process; false until it has done so once. */
export class QueueReach {
  #heardAt = Number.NEGATIVE_INFINITY;

  get isReached(): boolean {
    return performance.now() - this.#heardAt < silenceMs;
  }

  /** Waits for an answer of the queue, and notes when it comes, however late. */
  async heard<T>(answer: Promise<T>): Promise<T> {
    const result = await answer;
    this.#heardAt = performance.now();
    return result;
  }
}

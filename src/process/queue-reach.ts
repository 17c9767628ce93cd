/** How long a queue may say nothing until it counts as out of reach, in ms; longer than any call waits for its answer. */
const silenceMs = 6_000;

/** Whether the queue answers this process; it does not before it has for the first time. */
export class QueueReach {
  #heardAt = Number.NEGATIVE_INFINITY;

  get isReached(): boolean {
    return performance.now() - this.#heardAt < silenceMs;
  }

  /** Notes when this is answered, however late. */
  async heard<T>(answer: Promise<T>): Promise<T> {
    const result = await answer;
    this.#heardAt = performance.now();
    return result;
  }
}

/**
 * Does one thing after the other, in the order in which they are asked for; a failure does not hold back the others.
 */
export class OneByOne {
  #last: Promise<unknown> = Promise.resolve();

  /** Begins when all that was asked for before has ended. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

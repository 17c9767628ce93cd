/** Wakes whoever waits for something to happen. */
export class Bell {
  readonly #waiting = new Set<() => void>();
  #rung = 0;

  /** How often it rang; given to `wait` later, so that no ringing in between is missed. */
  get rung(): number {
    return this.#rung;
  }

  ring(): void {
    this.#rung += 1;
    for (const wake of this.#waiting) wake();
  }

  /**
   * Resolves when it rings, at the latest after `ms` or when the signal is aborted.
   *
   * @param since resolves at once if it has rung more often than this
   */
  async wait(ms: number, signal: AbortSignal, since: number = this.#rung): Promise<void> {
    if (this.#rung !== since || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const timer = setTimeout(wake, Math.max(0, ms));
    signal.addEventListener("abort", wake);
    this.#waiting.add(wake);
    await promise;
    this.#waiting.delete(wake);
    signal.removeEventListener("abort", wake);
    clearTimeout(timer);
  }
}

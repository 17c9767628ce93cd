/** Wakes whoever waits for something to happen, also if it happened just before. */
export class RedisBell {
  readonly #waiting = new Set<() => void>();
  #rung = 0;

  /** How often it rang; given to `wait`, so that no ringing in between is missed. */
  get rung(): number {
    return this.#rung;
  }

  ring(): void {
    this.#rung += 1;
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when it has rung more often than `rung`, at the latest after `ms` or when the signal is aborted. */
  async wait(rung: number, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#rung !== rung || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const timer = setTimeout(wake, ms);
    signal.addEventListener("abort", wake);
    this.#waiting.add(wake);
    await promise;
    this.#waiting.delete(wake);
    signal.removeEventListener("abort", wake);
    clearTimeout(timer);
  }
}

/** Wakes one sleeper. A ring while nobody sleeps is remembered until `reset`. */
export class Bell {
  #rung = false;
  #silent = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  reset(): void {
    this.#rung = false;
  }

  /** Ends the sleep, and lets nobody sleep again. */
  silence(): void {
    this.#silent = true;
    this.ring();
  }

  /** Sleeps until the bell rings, at most this many ms. */
  wait(ms: number): Promise<void> {
    return this.#sleep(ms, () => this.#rung);
  }

  /** Sleeps this many ms, however often it rings. */
  pause(ms: number): Promise<void> {
    return this.#sleep(ms, () => this.#silent);
  }

  #sleep(ms: number, isOver: () => boolean): Promise<void> {
    if (isOver() || this.#silent) return Promise.resolve();
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(over, ms);
      this.#wake = () => {
        if (isOver()) over();
      };
    });
  }
}

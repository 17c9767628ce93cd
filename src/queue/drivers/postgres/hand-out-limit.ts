/** How much is handed out at once. */
export interface HandOutLimit {
  /** How many bytes of bodies, and one message more. */
  readonly bytes: number;
  /** How long it may take, in ms; the usual time if not given. */
  readonly withinMs?: number;
}

const mostBytes = 16 * 1024 * 1024;
const leastBytes = 64 * 1024;
/**
 * How long the smallest hand-out may take, in ms: an event that a sender could just bring in the usual time has twice
 * as many bytes on its way out.
 */
const slowMs = 15_000;
/** A hand-out that was full and took less than this, in ms, may be twice as large the next time. */
const quickMs = 1_000;

/**
 * A hand-out that takes too long to arrive is lost, and would be asked for again and again. Therefore the next one is
 * smaller, and later ones grow again as far as the network allows. If even the smallest is late, it may be a single
 * large event.
 */
export class HandOutLimits {
  #bytes = mostBytes;
  #isSlow = false;

  get next(): HandOutLimit {
    return { bytes: this.#bytes, ...(this.#isSlow && { withinMs: slowMs }) };
  }

  arrived(bytes: number, ms: number): void {
    if (ms >= quickMs) return;
    this.#isSlow = false;
    if (bytes >= this.#bytes) this.#bytes = Math.min(2 * this.#bytes, mostBytes);
  }

  failed(): void {
    this.#isSlow = this.#bytes === leastBytes;
    this.#bytes = Math.max(this.#bytes / 16, leastBytes);
  }
}

/** How much is handed out at once. */
export interface HandOutLimit {
  /** Bodies, and one more message, in bytes. */
  readonly bytes: number;
  /** How long it may take, in ms; the usual time if not given. */
  readonly withinMs?: number;
}

const mostBytes = 16 * 1024 * 1024;
const leastBytes = 64 * 1024;
/** How long the least may take, in ms: what a sender could just bring in the usual time has twice as many bytes on its way out. */
const slowMs = 15_000;
/** A hand-out that was full and took less than this, in ms, may be twice as large the next time. */
const quickMs = 1_000;

/**
 * What takes too long to arrive is not heard of, and so would be asked for again and again. Therefore there is less in
 * the next hand-out; and more again as far as the line carries it. If even the least is late, it may be one event that
 * is large.
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

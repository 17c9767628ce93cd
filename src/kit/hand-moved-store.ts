import { MemoryQueueStore } from "../queue/drivers/memory/store.ts";
import type { VirtualClock } from "../sandbox/clock.ts";

/**
 * The messages of a queue whose clock stands still until somebody moves it, so that it is known exactly when nothing is
 * left to do. Leases must not end by that clock: a driver on it has an endless one.
 */
export class HandMovedStore extends MemoryQueueStore {
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    super(() => clock.now());
    this.#clock = clock;
  }

  /** True if nothing is handed out and nothing is ready: all that is left waits for the clock. */
  get isIdle(): boolean {
    return this.handedOut === 0 && this.nextReadyAt > this.now();
  }

  /** Resolves when it is idle, or when the signal is aborted. */
  async idle(signal: AbortSignal): Promise<void> {
    while (!this.isIdle && !signal.aborted) await this.change(lookAgainMs, signal);
  }

  override remove(receipt: string): void {
    super.remove(receipt);
    this.changed();
  }

  /**
   * A failed one waits for the clock. One that was only handed out too early waits for others that are under way, which
   * takes real time; until then it counts as handed out.
   */
  override giveBack(receipt: string, delayMs: number, attempt?: number): void {
    const isTooEarly = attempt !== undefined && attempt === this.attemptOf(receipt);
    if (isTooEarly && delayMs > 0)
      return void setTimeout(() => super.giveBack(receipt, 0, attempt), delayMs).unref();
    super.giveBack(receipt, delayMs, attempt);
    if (delayMs > 0) this.#clock.after(delayMs, () => this.changed());
  }
}

/** Every change rings; this is how long `change` may wait at most, in ms. */
const lookAgainMs = 1_000;

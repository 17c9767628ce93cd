import { TimerHeap } from "./timer-heap.ts";

/** Calls off what was to run later; does nothing if it has run. */
export type Cancel = () => void;

/** The sandbox's time: schedules, batches, lives and faults all go by it. */
export interface Clock {
  /** Ms since 1970. */
  now(): number;
  /** Runs something once, `ms` of this clock from now. */
  after(ms: number, run: () => void): Cancel;
  /**
   * Runs something when a receiver has had `ms` to answer. A receiver lives in real time, so a clock that runs faster
   * does not shorten this.
   */
  deadline(ms: number, run: () => void): Cancel;
}

/**
 * The machine's clock, or one that runs `timeScale` times as fast from now on.
 *
 * @example
 * ```ts
 * realClock(1000); // the 24 hours of the retry schedule take 86 seconds
 * ```
 */
export function realClock(timeScale = 1): Clock {
  const startedAt = Date.now();
  const realAfter = (ms: number, run: () => void): Cancel => {
    const timer = setTimeout(run, Math.max(0, ms));
    return () => clearTimeout(timer);
  };
  return {
    now: () => Math.round(startedAt + (Date.now() - startedAt) * timeScale),
    after: (ms, run) => realAfter(ms / timeScale, run),
    deadline: realAfter,
  };
}

/** What the clock shows, as the sender writes it: ISO 8601 in UTC. */
export const isoNow = (clock: Pick<Clock, "now">): string => new Date(clock.now()).toISOString();

/** A clock that stands still until `Sandbox.advance` or `Sandbox.settled` moves it. */
export class VirtualClock implements Clock {
  readonly #timers = new TimerHeap();
  #now: number;
  #asleep = 0;
  #onSleep: () => void = () => undefined;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Cancel {
    return this.#timers.add(this.#now + Math.max(0, ms), run);
  }

  /** By this clock, or by the machine's if that comes first: a receiver that knows no clock must not hang a test. */
  deadline(ms: number, run: () => void): Cancel {
    const timer = setTimeout(run, ms);
    const cancel = this.after(ms, run);
    return () => {
      clearTimeout(timer);
      cancel();
    };
  }

  /**
   * For receivers in memory that take their time. While a delivery sleeps here the clock moves on without its answer;
   * for anything else that a receiver waits for, the clock waits too.
   *
   * @param signal ends the sleep early, such as `request.signal` when the sender hangs up
   * @example
   * ```ts
   * const clock = virtualClock(Date.UTC(2026, 0, 1));
   * const tooSlow = async (request: Request) => {
   *   await clock.sleep(11_000, request.signal);
   *   return new Response(null, { status: 200 });
   * };
   * ```
   */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // Counted when the time has come, not when the sleeper notices, or the clock would move on before.
    const wake = (): void => {
      this.#asleep -= 1;
      signal?.removeEventListener("abort", wakeEarly);
      resolve();
    };
    const cancel = this.after(ms, wake);
    const wakeEarly = (): void => {
      cancel();
      wake();
    };
    signal?.addEventListener("abort", wakeEarly, { once: true });
    this.#asleep += 1;
    this.#onSleep();
    await promise;
  }

  /** How many deliveries sleep. */
  get asleep(): number {
    return this.#asleep;
  }

  /** Told whenever one begins to sleep. */
  onSleep(told: () => void): void {
    this.#onSleep = told;
  }

  /** When the next timer is due; undefined if there is none. */
  nextAt(): number | undefined {
    return this.#timers.first()?.at;
  }

  /** Moves to the next timer and runs it. */
  runNext(): void {
    const timer = this.#timers.take();
    if (timer === undefined) return;
    this.#now = Math.max(this.#now, timer.at);
    timer.run();
  }

  moveTo(ms: number): void {
    this.#now = Math.max(this.#now, ms);
  }
}

/**
 * @param startMs ms since 1970, such as `Date.UTC(2026, 0, 1)`; default: the beginning of 2026, so that tests repeat
 */
export function virtualClock(startMs: number = Date.UTC(2026, 0, 1)): VirtualClock {
  return new VirtualClock(startMs);
}

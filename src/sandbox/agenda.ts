import { type Cancel, type Clock, VirtualClock } from "./clock.ts";

/**
 * All that the sandbox has still to do: what is planned for later, and what is under way now. It moves a virtual clock
 * so that nothing is overtaken: timers run in order, and each waits for the deliveries before it.
 */
export class Agenda {
  readonly #clock: Clock;
  readonly #planned = new Set<Cancel>();
  readonly #inBackground = new Set<Cancel>();
  #underWay = 0;
  #closed = false;
  #changed = Promise.withResolvers<void>();

  constructor(clock: Clock) {
    this.#clock = clock;
    if (clock instanceof VirtualClock) clock.onSleep(() => this.#change());
  }

  /** Plans something; `settled` waits for it. */
  after(ms: number, run: () => void): Cancel {
    return this.#plan(this.#planned, ms, run);
  }

  /** Plans something that may never end, such as a scenario; `settled` does not wait for it. */
  inBackground(ms: number, run: () => void): Cancel {
    return this.#plan(this.#inBackground, ms, run);
  }

  /** Work that is under way; `settled` waits for it, and a virtual clock as well unless it sleeps on that. */
  track(work: Promise<void>): void {
    this.#underWay += 1;
    void work.finally(() => {
      this.#underWay -= 1;
      this.#change();
    });
  }

  /** Lets time pass: moves a virtual clock, waits on a real one. */
  async advance(ms: number): Promise<void> {
    const clock = this.#clock;
    if (!(clock instanceof VirtualClock)) return new Promise((resolve) => clock.after(ms, resolve));
    const end = clock.now() + ms;
    await this.#allAsleep(clock);
    while ((clock.nextAt() ?? Infinity) <= end) {
      clock.runNext();
      await this.#allAsleep(clock);
    }
    clock.moveTo(end);
  }

  /** Resolves when nothing is planned or under way any more. */
  async settled(): Promise<void> {
    const clock = this.#clock;
    while (this.#underWay > 0 || this.#planned.size > 0) {
      if (clock instanceof VirtualClock) {
        await this.#allAsleep(clock);
        clock.runNext();
      } else {
        await this.#changed.promise;
      }
    }
  }

  /** Calls off everything that is planned. */
  clear(): void {
    for (const cancel of [...this.#planned, ...this.#inBackground]) cancel();
  }

  /** Plans nothing more, and resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.clear();
    while (this.#underWay > 0) await this.#changed.promise;
  }

  #plan(plans: Set<Cancel>, ms: number, run: () => void): Cancel {
    if (this.#closed) return () => undefined;
    const end = (): void => {
      plans.delete(cancel);
      this.#change();
    };
    const cancelTimer = this.#clock.after(ms, () => {
      end();
      run();
    });
    const cancel = (): void => {
      cancelTimer();
      end();
    };
    plans.add(cancel);
    return cancel;
  }

  async #allAsleep(clock: VirtualClock): Promise<void> {
    while (this.#underWay > clock.asleep) await this.#changed.promise;
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

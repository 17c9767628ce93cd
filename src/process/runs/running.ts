import { atExit } from "../../lib/at-exit.ts";
import type { Log } from "../../log.ts";
import type { Attempt } from "./attempt.ts";

/**
 * Attempts whose handlers have begun and not ended. If the process ends meanwhile, their events are named: who wants to
 * know why it did, or why an event is handled again, begins there.
 */
export class Running implements Disposable {
  readonly #attempts = new Set<Attempt>();
  readonly #log: Log;
  readonly #exit: Disposable;

  constructor(log: Log) {
    this.#log = log;
    this.#exit = atExit(() => this.#cutOff());
  }

  add(attempt: Attempt): void {
    this.#attempts.add(attempt);
  }

  delete(attempt: Attempt): void {
    this.#attempts.delete(attempt);
  }

  /** What still runs is not waited for any longer. */
  [Symbol.dispose](): void {
    this.#exit[Symbol.dispose]();
    this.#cutOff();
  }

  #cutOff(): void {
    for (const { message, delivery } of this.#attempts)
      this.#log.warn("event.cut_off", {
        eventId: message.eventId,
        name: message.name,
        attempt: delivery.attempt,
      });
  }
}

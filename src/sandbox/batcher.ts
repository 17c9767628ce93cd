import type { Agenda } from "./agenda.ts";
import type { Cancel } from "./clock.ts";
import type { WebhookConfiguration } from "./registrations.ts";
import type { WrittenEvent } from "./subscriptions.ts";

/** The vendor states the limits (1 to 500, 1 to 60 s) but no defaults: these are guesses. */
const defaults = { maxBatchSize: 100, batchTimeout: 5 };

/** Collects events of one registration until there are `maxBatchSize`, or the first has waited `batchTimeout`. */
export class Batcher {
  readonly #agenda: Agenda;
  readonly #send: (events: readonly WrittenEvent[], batch: boolean) => void;
  #collected: WrittenEvent[] = [];
  #cancelTimeout: Cancel | undefined;

  constructor(agenda: Agenda, send: (events: readonly WrittenEvent[], batch: boolean) => void) {
    this.#agenda = agenda;
    this.#send = send;
  }

  /** Events that wait for others. */
  get collected(): readonly WrittenEvent[] {
    return this.#collected;
  }

  add(event: WrittenEvent, webhook: WebhookConfiguration): void {
    if (webhook.batch !== true) return this.#send([event], false);
    const { maxBatchSize = defaults.maxBatchSize, batchTimeout = defaults.batchTimeout } = webhook;
    this.#collected.push(event);
    if (this.#collected.length >= maxBatchSize) return this.#flush();
    this.#cancelTimeout ??= this.#agenda.after(batchTimeout * 1_000, () => this.#flush());
  }

  #flush(): void {
    this.#cancelTimeout?.();
    this.#cancelTimeout = undefined;
    this.#send(this.#collected, true);
    this.#collected = [];
  }
}

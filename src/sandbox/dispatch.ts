import { Batcher } from "./batcher.ts";
import type { Deliveries, DeliveriesParts } from "./deliveries.ts";
import { copiesOf } from "./faults.ts";
import { wants, type WrittenEvent } from "./subscriptions.ts";

/** An event that waits before it goes to a registration. */
export interface Held {
  readonly webhookId: string;
  readonly event: WrittenEvent;
  /** Ms since 1970. */
  readonly dueAt: number;
}

export interface DispatchParts extends Pick<
  DeliveriesParts,
  "clock" | "agenda" | "random" | "registrations" | "faults"
> {
  readonly deliveries: Deliveries;
}

/** Gives each event to the registrations that want it, in the bodies that they want. */
export class Dispatch {
  readonly #parts: DispatchParts;
  readonly #batchers = new Map<string, Batcher>();
  readonly #held = new Set<Held>();

  constructor(parts: DispatchParts) {
    this.#parts = parts;
  }

  /** What is not in a delivery yet. */
  held(): readonly Held[] {
    const dueAt = this.#parts.clock.now();
    const collected = [...this.#batchers].flatMap(([webhookId, batcher]) =>
      batcher.collected.map((event) => ({ webhookId, event, dueAt })),
    );
    return [...this.#held, ...collected];
  }

  /** How many events are not in a delivery yet. */
  get size(): number {
    return [...this.#batchers.values()].reduce(
      (sum, { collected }) => sum + collected.length,
      this.#held.size,
    );
  }

  add(event: WrittenEvent): void {
    const { registrations, faults, random, clock } = this.#parts;
    const now = clock.now();
    for (const { id, webhook } of registrations.list()) {
      if (!wants(webhook, event)) continue;
      for (const waitMs of copiesOf(faults(), random, now))
        this.#hold({ webhookId: id, event, dueAt: now + waitMs });
    }
  }

  /** Puts back what a state file kept. */
  restore(held: readonly Held[]): void {
    for (const one of held) this.#hold(one);
  }

  clear(): void {
    this.#batchers.clear();
    this.#held.clear();
  }

  #hold(held: Held): void {
    const waitMs = held.dueAt - this.#parts.clock.now();
    if (waitMs <= 0) return this.#release(held);
    this.#held.add(held);
    this.#parts.agenda.after(waitMs, () => {
      this.#held.delete(held);
      this.#release(held);
    });
  }

  #release({ webhookId, event }: Held): void {
    const registration = this.#parts.registrations.get(webhookId);
    if (registration === undefined) return;
    this.#batcherOf(webhookId).add(event, registration.webhook);
  }

  #batcherOf(webhookId: string): Batcher {
    const known = this.#batchers.get(webhookId);
    if (known !== undefined) return known;
    const batcher = new Batcher(this.#parts.agenda, (events, batch) =>
      this.#parts.deliveries.add(webhookId, events, batch),
    );
    this.#batchers.set(webhookId, batcher);
    return batcher;
  }
}

import type { Message } from "../../event/message.ts";
import type { Outcome } from "../../ledger/driver.ts";
import type { EventStatus } from "../../ledger/record.ts";
import type { Expected } from "./harness.ts";

/** What a ledger must know of an event, as far as the model goes. */
export interface ModelEvent {
  /** The copy that was admitted last, as it was admitted. */
  message: Message;
  status: EventStatus;
  attempts: number;
  deliveries: number;
  conflict: boolean;
  error: string | null;
}

interface Newest {
  readonly revision: number;
  /** The events that were handled with it. */
  readonly eventIds: Set<string>;
}

/** A ledger as its promises describe it: what a driver is compared with. It keeps neither bytes nor times. */
export class LedgerModel {
  readonly events: Map<string, ModelEvent> = new Map();
  duplicates = 0;
  readonly #newest = new Map<string, Newest>();

  admit(message: Message): Expected {
    const known = this.events.get(message.eventId);
    if (known !== undefined && known.message.copy !== message.copy && !message.replay) {
      known.deliveries += 1;
      this.duplicates += 1;
      return { kind: "duplicate" };
    }
    if (known !== undefined && known.message.copy === message.copy && isSettled(known)) {
      return { kind: "duplicate" };
    }
    const event = known ?? this.#add(message);
    event.message = message;
    const verdict = this.#gate(message);
    if (verdict.kind === "obsolete") event.status = "obsolete";
    else if (isSettled(event)) event.status = "pending";
    return verdict;
  }

  settle(message: Message, outcome: Outcome, conflict: boolean): void {
    const event = this.events.get(message.eventId) ?? this.#add(message);
    event.attempts += 1;
    event.conflict ||= conflict;
    event.error = outcome.kind === "handled" ? null : outcome.error;
    event.status = outcome.kind === "retry" ? "retrying" : outcome.kind;
    const { state, revision, eventId } = message;
    if (outcome.kind === "handled" && state !== null && revision !== null) {
      const newest = this.#newest.get(state);
      if (newest?.revision === revision) newest.eventIds.add(eventId);
      else this.#newest.set(state, { revision, eventIds: new Set([eventId]) });
    }
  }

  reopen(eventId: string, copy: string): void {
    const event = this.events.get(eventId);
    if (event !== undefined && isSettled(event) && event.message.copy !== copy) event.status = "pending";
  }

  /** True if the event is one of several that share the newest revision: its replay may count as a conflict or not. */
  sharesNewest({ state, eventId }: Message): boolean {
    const eventIds = this.#newest.get(state ?? "")?.eventIds;
    return eventIds !== undefined && eventIds.size > 1 && eventIds.has(eventId);
  }

  #gate({ state, revision, eventId }: Message): Expected {
    const newest = state === null ? undefined : this.#newest.get(state);
    if (newest === undefined || revision === null) return { kind: "fresh", conflict: false };
    if (revision < newest.revision) return { kind: "obsolete", newest: newest.revision };
    return { kind: "fresh", conflict: revision === newest.revision && !newest.eventIds.has(eventId) };
  }

  #add(message: Message): ModelEvent {
    const event: ModelEvent = {
      message,
      status: "pending",
      attempts: 0,
      deliveries: 1,
      conflict: false,
      error: null,
    };
    this.events.set(message.eventId, event);
    return event;
  }
}

export const isSettled = ({ status }: ModelEvent): boolean => status !== "pending" && status !== "retrying";

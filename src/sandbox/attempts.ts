import type { Faults } from "./faults.ts";
import type { SampleEvent } from "./samples.ts";

/** One POST to a receiver. */
export interface DeliveryAttempt {
  /** Of the delivery: its retries have the same one. */
  readonly id: string;
  /** The registration, and the URL that it had then. */
  readonly webhookId: string;
  readonly url: string;
  /** Ids of the events in the body. */
  readonly eventIds: readonly string[];
  /** Names of the events in the body, each once. */
  readonly names: readonly string[];
  /** Length of the body, in bytes. */
  readonly bytes: number;
  /** As they were sent, the signature among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** 1 for the first. */
  readonly attempt: number;
  /** By the sandbox's clock, ISO 8601 in UTC, as all times here. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** The receiver's answer; null if there was none. */
  readonly status: number | null;
  /** Why there was no answer, such as `timeout`, `refused`, `cut`. */
  readonly error: string | null;
  /** The faults that this delivery had. */
  readonly faults: readonly (keyof Faults)[];
  /** What follows: `refused` is lost after a 400, `dead` given up since the schedule has ended. */
  readonly outcome: "pending" | "accepted" | "retry" | "refused" | "dead";
  /** When it is tried again; null if it is not. */
  readonly nextAt: string | null;
}

/** An event that the sender has given up, as its dead queue holds it. */
export interface DeadEvent {
  readonly eventId: string;
  readonly name: string;
  readonly webhookId: string;
  /** `refused` by a 400, or the `schedule` ended. */
  readonly reason: "refused" | "schedule";
  readonly attempts: number;
  /** When it was given up, ISO 8601 in UTC. */
  readonly at: string;
  readonly event: SampleEvent;
}

const mostAttempts = 10_000;
const mostEventIds = 500_000;

/** The newest attempts: 10,000 of them, or fewer if together they carried more than 500,000 events. */
export class AttemptLog {
  #kept: DeliveryAttempt[] = [];
  /** Those before are forgotten. */
  #first = 0;
  #eventIds = 0;

  /** @returns tells how the attempt ended, and gives it as a whole */
  begin(attempt: DeliveryAttempt): (end: Partial<DeliveryAttempt>) => DeliveryAttempt {
    const entry = { ...attempt };
    this.#kept.push(entry);
    this.#eventIds += attempt.eventIds.length;
    this.#forgetOld();
    return (end) => Object.assign(entry, end);
  }

  all(): readonly DeliveryAttempt[] {
    return this.#kept.slice(this.#first);
  }

  clear(): void {
    this.#kept = [];
    this.#first = 0;
    this.#eventIds = 0;
  }

  #forgetOld(): void {
    while (this.#kept.length - this.#first > mostAttempts || this.#eventIds > mostEventIds) {
      this.#eventIds -= this.#kept[this.#first]?.eventIds.length ?? 0;
      this.#first += 1;
    }
    if (this.#first <= mostAttempts) return;
    this.#kept = this.#kept.slice(this.#first);
    this.#first = 0;
  }
}

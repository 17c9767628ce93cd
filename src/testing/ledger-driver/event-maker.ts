import type { Message } from "../../event/message.ts";
import { replayCopy } from "../../event/replay-copy.ts";
import { aMessage } from "../builders.ts";
import type { ModelEvent } from "./model-event.ts";

/** What chance decides about an event. */
export interface NewEvent {
  readonly state: string | null;
  readonly revision: number | null;
  readonly entity: string;
  readonly name: string;
  /** How many days ago it was received. */
  readonly days: number;
}

/**
 * How an event comes: handed out again (`first again`: the copy that came first, though another may have taken its
 * place), repeated by the sender, or replayed by a person; a late replay was asked for before the last attempt.
 */
export type Coming = "again" | "first again" | "repeat" | "replay" | "late replay";

const dayMs = 86_400_000;

/** Makes the events of a play: no two have an id, a copy or a time of receipt in common. */
export class EventMaker {
  readonly #now: number;
  #names = 0;

  /** @param now ms since 1970 */
  constructor(now: number) {
    this.#now = Math.floor(now);
  }

  message({ days, ...event }: NewEvent): Message {
    const eventId = this.name("event");
    const receivedAt = this.daysAgo(days) + this.#names;
    return aMessage({ ...event, eventId, receivedAt, copy: this.name("copy") });
  }

  copy(event: ModelEvent, how: Coming): Message {
    if (how === "again") return event.current;
    if (how === "first again") return event.first;
    if (how === "repeat") return { ...event.first, copy: this.name("copy"), replay: false };
    const runs = Math.max(event.attemptLog.length - (how === "late replay" ? 1 : 0), 0);
    return { ...event.first, copy: replayCopy(this.name("copy"), event.current.copy, runs), replay: true };
  }

  name(what: string): string {
    this.#names += 1;
    return `${what} ${this.#names}`;
  }

  daysAgo(days: number): number {
    return this.#now - days * dayMs;
  }
}

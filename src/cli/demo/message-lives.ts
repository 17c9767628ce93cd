import type { EventRecord } from "../../api/contract.ts";

/** A message and its events, by their names. */
export interface MessageLife {
  /** 1 for the first message that was heard of. */
  readonly number: number;
  readonly entity: string;
  readonly events: Map<string, EventRecord>;
}

/** The newest messages, as far as their events tell of them. */
export class MessageLives {
  readonly #lives = new Map<string, MessageLife>();
  readonly #most: number;
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** In the order in which they were heard of. */
  get newest(): readonly MessageLife[] {
    return [...this.#lives.values()];
  }

  /** Takes in what became of an event. */
  note(record: EventRecord): MessageLife {
    const life = this.#lives.get(record.entity) ?? this.#begin(record.entity);
    life.events.set(record.name, record);
    return life;
  }

  #begin(entity: string): MessageLife {
    this.#count += 1;
    const life = { number: this.#count, entity, events: new Map<string, EventRecord>() };
    this.#lives.set(entity, life);
    const [oldest] = this.#lives.keys();
    if (this.#lives.size > this.#most && oldest !== undefined) this.#lives.delete(oldest);
    return life;
  }
}

import type { FreshWorld } from "../sandbox/fresh-event.ts";
import type { SampleEvent } from "../sandbox/samples.ts";
import type { SentEvent } from "./an-event.ts";

/**
 * The events of one life so far, in order; each further step gives a new list and leaves this one as it is. May be given
 * wherever several events may be.
 */
export class LifeEvents implements Iterable<SampleEvent> {
  readonly events: readonly SentEvent[];
  readonly #world: FreshWorld;

  constructor(events: readonly SampleEvent[], world: FreshWorld) {
    this.events = events as readonly SentEvent[];
    this.#world = world;
  }

  [Symbol.iterator](): Iterator<SampleEvent> {
    return this.events[Symbol.iterator]();
  }

  /** Each event occurs after the one before, even if the clock stands still. */
  protected nextWorld(): FreshWorld {
    const last = Date.parse(this.events.at(-1)?.timestamp ?? "");
    const now = this.#world.now();
    return { ...this.#world, now: () => (last >= now ? last + 1 : now) };
  }

  protected get world(): FreshWorld {
    return this.#world;
  }
}

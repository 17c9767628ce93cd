import type { FreshWorld, Replacements } from "../sandbox/fresh-event.ts";
import { override, type Overrides } from "../sandbox/lives/override.ts";
import { begin, tell, type Story } from "../sandbox/lives/story.ts";
import type { SampleEvent } from "../sandbox/samples.ts";
import { LifeEvents } from "./life-events.ts";

/** What a story has told so far. */
export interface ToldSoFar {
  readonly story: Story;
  readonly events: readonly SampleEvent[];
  readonly world: FreshWorld;
}

/** A story before its first event. */
export const storyOf = (ids: Replacements, world: FreshWorld): ToldSoFar => ({
  story: begin(ids),
  events: [],
  world,
});

/** The events of a profile, a conversation or a chat. */
export abstract class StoryEvents extends LifeEvents {
  readonly #story: Story;

  constructor({ story, events, world }: ToldSoFar) {
    super(events, world);
    this.#story = story;
  }

  /** Id of the profile, the conversation or the chat. */
  get id(): string {
    return this.#story.ids[0]?.[1] ?? "";
  }

  protected told(name: string, overrides: Overrides = {}): ToldSoFar {
    const { event, story } = tell(name, this.#story, this.nextWorld());
    return { story, events: [...this.events, override(event, overrides)], world: this.world };
  }
}

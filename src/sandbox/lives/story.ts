import { freshEvent, freshUuid, type FreshWorld, type Replacements } from "../fresh-event.ts";
import { sample, type SampleEvent } from "../samples.ts";
import { live, type LifeOptions, type LifeStep, type PlannedStep } from "./life.ts";

/** A profile, a conversation or a chat as far as its events have told it. Immutable. */
export interface Story {
  /** Ids of the samples, and those that stand in their place in this life. */
  readonly ids: Replacements;
  /** The last of the entity's own sequence; -1 before the first. */
  readonly revision: number;
  /** How many events there were: in a conversation, the place of the next one. */
  readonly events: number;
}

/** A story before its first event. */
export const begin = (ids: Replacements): Story => ({ ids, revision: -1, events: 0 });

/** The next event of a story, and the story after it. */
export interface Told {
  readonly event: SampleEvent;
  readonly story: Story;
}

/**
 * Tells the next event. The events of a profile count one sequence, and so do those of a chat with its messages
 * (inferred from the vendor's examples). A conversation counts its own changes, and beside that the place of each event in
 * it, which is the revision of its messages; that all its events take a place is a guess. Receipts are for the last message.
 */
export function tell(name: string, story: Story, world: FreshWorld): Told {
  const inConversation = name.startsWith("conversationMessage.");
  const revision = inConversation ? story.events : story.revision + 1;
  const ids = withMessage(name, story.ids, world);
  const event = freshEvent(name, { ...world, replace: ids, revision });
  const counted = !inConversation && event.revision !== undefined;
  return {
    event,
    story: { ids, revision: counted ? revision : story.revision, events: story.events + 1 },
  };
}

/** Each message that is sent has an id of its own. */
function withMessage(name: string, ids: Replacements, { random }: FreshWorld): Replacements {
  if (!name.endsWith("Message.sent")) return ids;
  const sampleId = String(sample(name).payload?.["id"]);
  return [...ids.filter(([id]) => id !== sampleId), [sampleId, freshUuid(random)]];
}

/** Tells a whole story. */
export function storyLife(
  plan: readonly PlannedStep[],
  ids: Replacements,
  options: LifeOptions,
  world: FreshWorld,
): readonly LifeStep[] {
  let story = begin(ids);
  const write = ({ name }: PlannedStep, at: FreshWorld): SampleEvent => {
    const told = tell(name, story, at);
    story = told.story;
    return told.event;
  };
  return live(plan, write, options, world);
}

import { freshUuid, type FreshWorld, type Replacements } from "../fresh-event.ts";
import type { LifeOptions, LifeStep, PlannedStep } from "./life.ts";
import { storyLife } from "./story.ts";

/** Which conversation it is, and whose. */
export interface ConversationOptions {
  /** A free string. Default: a new UUID. */
  readonly id?: string;
  /** The person that asks. Default: a new mail address. */
  readonly profileId?: string;
}

const plan: readonly PlannedStep[] = [
  { afterMs: 0, name: "conversation.create" },
  { afterMs: 50, name: "conversation.participantAdded" },
  { afterMs: 2_000, name: "conversation.participantTyping" },
  { afterMs: 5_000, name: "conversation.participantTypingOff" },
  { afterMs: 5_500, name: "conversationMessage.sent" },
  { afterMs: 6_000, name: "conversationMessage.delivered" },
  { afterMs: 8_000, name: "conversationMessage.read" },
  { afterMs: 10_000, name: "conversation.update" },
  { afterMs: 12_000, name: "conversation.participantUpdated" },
  { afterMs: 15_000, name: "conversation.participantRemoved" },
  { afterMs: 18_000, name: "conversation.delete" },
  { afterMs: 20_000, name: "conversation.undelete" },
];

/** What stands in the samples of conversations, and what in those of a new one. */
export function conversationIds(
  { id, profileId }: ConversationOptions,
  { random }: FreshWorld,
): Replacements {
  return [
    ["order-support-104512", id ?? freshUuid(random)],
    ["morgan.lee@example.com", profileId ?? `${freshUuid(random)}@example.com`],
  ];
}

/** The whole life of a conversation with one message, up to the end of its deletion. */
export function conversationLife(
  options: ConversationOptions & LifeOptions,
  world: FreshWorld,
): readonly LifeStep[] {
  return storyLife(plan, conversationIds(options, world), options, world);
}

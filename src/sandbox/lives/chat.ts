import { freshUuid, type FreshWorld, type Replacements } from "../fresh-event.ts";
import type { LifeOptions, LifeStep, PlannedStep } from "./life.ts";
import { storyLife } from "./story.ts";

/** Whose chat it is, and with which team. */
export interface ChatOptions {
  /** Default: a new UUID. */
  readonly id?: string;
  /** The visitor. Default: a new anonymous one. */
  readonly profileId?: string;
  /** Such as `Customer_Care`, which is the default. */
  readonly teamId?: string;
}

const plan: readonly PlannedStep[] = [
  { afterMs: 0, name: "chat.create" },
  { afterMs: 2_000, name: "chatMessage.sent" },
  { afterMs: 2_500, name: "chatMessage.delivered" },
  { afterMs: 5_000, name: "chatMessage.read" },
  { afterMs: 8_000, name: "chat.channelUpdated" },
  { afterMs: 15_000, name: "chat.closed" },
  { afterMs: 20_000, name: "chat.delete" },
];

/** What stands in the samples of chats, and what in those of a new one. */
export function chatIds({ id, profileId, teamId }: ChatOptions, { random }: FreshWorld): Replacements {
  return [
    ["9b4f6d20-e8c1-47a5-b35d-0f7e2a9c81d6", id ?? freshUuid(random)],
    ["anon_6c0e9d3b-71f4-4a85-92bd-e5a8f0c7d314", profileId ?? `anon_${freshUuid(random)}`],
    ["Customer_Care", teamId ?? "Customer_Care"],
  ];
}

/** The whole life of a chat with one message. */
export function chatLife(options: ChatOptions & LifeOptions, world: FreshWorld): readonly LifeStep[] {
  return storyLife(plan, chatIds(options, world), options, world);
}

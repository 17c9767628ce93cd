import type { FreshWorld } from "../fresh-event.ts";
import { chatLife } from "./chat.ts";
import { conversationLife } from "./conversation.ts";
import type { LifeOptions, LifeStep } from "./life.ts";
import { messageLife } from "./message.ts";
import { presenceLife } from "./presence.ts";
import { profileLife } from "./profile.ts";

/** What has a life at the sender. */
export type LifeKind = "message" | "profile" | "conversation" | "chat" | "presence";

/** The life of each kind. */
export const lives: Readonly<
  Record<LifeKind, (options: LifeOptions, world: FreshWorld) => readonly LifeStep[]>
> = {
  message: messageLife,
  profile: profileLife,
  conversation: conversationLife,
  chat: chatLife,
  presence: presenceLife,
};

import { chatIds, type ChatOptions } from "../sandbox/lives/chat.ts";
import type { EventOverrides } from "./an-event.ts";
import { worldOf, type EventWorld } from "./event-world.ts";
import { StoryEvents, storyOf } from "./story-events.ts";

/**
 * A chat of a visitor with a team, its messages, and what becomes of it. Receipts are for the last message.
 *
 * @example
 * ```ts
 * const life = aChat({ teamId: "Sales" }).created().messageSent().messageRead().closed();
 * ```
 */
export function aChat(options: ChatOptions & EventWorld = {}): ChatEvents {
  const world = worldOf(options);
  return new ChatEvents(storyOf(chatIds(options, world), world));
}

/** The events of one chat. Each step takes what is to be different in its event. */
export class ChatEvents extends StoryEvents {
  /** `chat.create`, revision 0. */
  created(overrides?: EventOverrides<"chat.create">): ChatEvents {
    return new ChatEvents(this.told("chat.create", overrides));
  }

  /** `chat.channelUpdated` */
  channelUpdated(overrides?: EventOverrides<"chat.channelUpdated">): ChatEvents {
    return new ChatEvents(this.told("chat.channelUpdated", overrides));
  }

  /** `chat.closed` */
  closed(overrides?: EventOverrides<"chat.closed">): ChatEvents {
    return new ChatEvents(this.told("chat.closed", overrides));
  }

  /** `chat.delete` */
  deleted(overrides?: EventOverrides<"chat.delete">): ChatEvents {
    return new ChatEvents(this.told("chat.delete", overrides));
  }

  /** `chatMessage.sent`: a new message. */
  messageSent(overrides?: EventOverrides<"chatMessage.sent">): ChatEvents {
    return new ChatEvents(this.told("chatMessage.sent", overrides));
  }

  /** `chatMessage.delivered` */
  messageDelivered(overrides?: EventOverrides<"chatMessage.delivered">): ChatEvents {
    return new ChatEvents(this.told("chatMessage.delivered", overrides));
  }

  /** `chatMessage.read` */
  messageRead(overrides?: EventOverrides<"chatMessage.read">): ChatEvents {
    return new ChatEvents(this.told("chatMessage.read", overrides));
  }
}

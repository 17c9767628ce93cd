import { conversationIds, type ConversationOptions } from "../sandbox/lives/conversation.ts";
import type { EventOverrides } from "./an-event.ts";
import { worldOf, type EventWorld } from "./event-world.ts";
import { StoryEvents, storyOf } from "./story-events.ts";

/**
 * A conversation of app messaging, its messages, and what becomes of it. Receipts are for the last message.
 *
 * @example
 * ```ts
 * const life = aConversation().created().messageSent().messageDelivered().messageRead();
 * ```
 */
export function aConversation(options: ConversationOptions & EventWorld = {}): ConversationEvents {
  const world = worldOf(options);
  return new ConversationEvents(storyOf(conversationIds(options, world), world));
}

/** The events of one conversation. Each step takes what is to be different in its event. */
export class ConversationEvents extends StoryEvents {
  /** `conversation.create`, revision 0. */
  created(overrides?: EventOverrides<"conversation.create">): ConversationEvents {
    return new ConversationEvents(this.told("conversation.create", overrides));
  }

  /** `conversation.update` */
  updated(overrides?: EventOverrides<"conversation.update">): ConversationEvents {
    return new ConversationEvents(this.told("conversation.update", overrides));
  }

  /** `conversation.delete` */
  deleted(overrides?: EventOverrides<"conversation.delete">): ConversationEvents {
    return new ConversationEvents(this.told("conversation.delete", overrides));
  }

  /** `conversation.undelete` */
  undeleted(overrides?: EventOverrides<"conversation.undelete">): ConversationEvents {
    return new ConversationEvents(this.told("conversation.undelete", overrides));
  }

  /** `conversation.participantAdded`: has no revision. */
  participantAdded(overrides?: EventOverrides<"conversation.participantAdded">): ConversationEvents {
    return new ConversationEvents(this.told("conversation.participantAdded", overrides));
  }

  /** `conversation.participantUpdated`: has no revision. */
  participantUpdated(overrides?: EventOverrides<"conversation.participantUpdated">): ConversationEvents {
    return new ConversationEvents(this.told("conversation.participantUpdated", overrides));
  }

  /** `conversation.participantRemoved`: has no revision. */
  participantRemoved(overrides?: EventOverrides<"conversation.participantRemoved">): ConversationEvents {
    return new ConversationEvents(this.told("conversation.participantRemoved", overrides));
  }

  /** `conversation.participantTyping`: has no revision. */
  typing(overrides?: EventOverrides<"conversation.participantTyping">): ConversationEvents {
    return new ConversationEvents(this.told("conversation.participantTyping", overrides));
  }

  /** `conversation.participantTypingOff`: has no revision. */
  typingOff(overrides?: EventOverrides<"conversation.participantTypingOff">): ConversationEvents {
    return new ConversationEvents(this.told("conversation.participantTypingOff", overrides));
  }

  /** `conversationMessage.sent`: a new message. Its revision is its place in the conversation. */
  messageSent(overrides?: EventOverrides<"conversationMessage.sent">): ConversationEvents {
    return new ConversationEvents(this.told("conversationMessage.sent", overrides));
  }

  /** `conversationMessage.delivered` */
  messageDelivered(overrides?: EventOverrides<"conversationMessage.delivered">): ConversationEvents {
    return new ConversationEvents(this.told("conversationMessage.delivered", overrides));
  }

  /** `conversationMessage.read` */
  messageRead(overrides?: EventOverrides<"conversationMessage.read">): ConversationEvents {
    return new ConversationEvents(this.told("conversationMessage.read", overrides));
  }
}

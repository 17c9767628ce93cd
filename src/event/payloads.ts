import type * as chat from "./payloads/chat.ts";
import type * as conversation from "./payloads/conversation.ts";
import type * as message from "./payloads/message.ts";
import type * as profile from "./payloads/profile.ts";

export type { OpenRecord } from "./payloads/open.ts";

/**
 * Event name → type of its `payload`. Fields that a vendor example shows are required; guessed fields are optional, and
 * each type says how certain it is. The types describe what the sender is known to send: no event is validated against
 * them, so a payload that differs still reaches its handler.
 */
export interface PayloadMap {
  readonly "message.sentRequest": message.MessageSentRequestPayload;
  readonly "message.sent": message.MessageSentPayload;
  readonly "message.delivered": message.MessageDeliveredPayload;
  readonly "message.read": message.MessageReadPayload;
  readonly "message.expired": message.MessageExpiredPayload;
  readonly "message.failed": message.MessageFailedPayload;
  readonly "message.inbound": message.MessageInboundPayload;
  readonly "interaction.click": message.InteractionClickPayload;
  readonly "complaint.received": message.ComplaintReceivedPayload;
  readonly "profile.create": profile.ProfileCreatePayload;
  readonly "profile.update": profile.ProfileUpdatePayload;
  readonly "profile.delete": profile.ProfileDeletePayload;
  readonly "profile.undelete": profile.ProfileUndeletePayload;
  readonly "profile.devicesUpdated": profile.ProfileDevicesUpdatedPayload;
  readonly "facebook.optin": profile.FacebookOptinPayload;
  readonly "conversation.create": conversation.ConversationCreatePayload;
  readonly "conversation.update": conversation.ConversationUpdatePayload;
  readonly "conversation.delete": conversation.ConversationDeletePayload;
  readonly "conversation.undelete": conversation.ConversationUndeletePayload;
  readonly "conversation.participantAdded": conversation.ParticipantAddedPayload;
  readonly "conversation.participantUpdated": conversation.ParticipantUpdatedPayload;
  readonly "conversation.participantRemoved": conversation.ParticipantRemovedPayload;
  readonly "conversation.participantTyping": conversation.ParticipantTypingPayload;
  readonly "conversation.participantTypingOff": conversation.ParticipantTypingOffPayload;
  readonly "conversationMessage.sent": conversation.ConversationMessageSentPayload;
  readonly "conversationMessage.delivered": conversation.ConversationMessageDeliveredPayload;
  readonly "conversationMessage.read": conversation.ConversationMessageReadPayload;
  readonly "chat.create": chat.ChatCreatePayload;
  readonly "chat.channelUpdated": chat.ChatChannelUpdatedPayload;
  readonly "chat.closed": chat.ChatClosedPayload;
  readonly "chat.delete": chat.ChatDeletePayload;
  readonly "chatMessage.sent": chat.ChatMessageSentPayload;
  readonly "chatMessage.delivered": chat.ChatMessageDeliveredPayload;
  readonly "chatMessage.read": chat.ChatMessageReadPayload;
  /** No payload: the person is the event's own `profileId`. Certain: vendor page "Presence events", example. */
  readonly "presence.available": undefined;
  readonly "presence.away": undefined;
  readonly "presence.offline": undefined;
}

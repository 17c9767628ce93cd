import messageSentRequest from "./samples/message.sentRequest.json" with { type: "json" };
import messageSent from "./samples/message.sent.json" with { type: "json" };
import messageDelivered from "./samples/message.delivered.json" with { type: "json" };
import messageRead from "./samples/message.read.json" with { type: "json" };
import messageExpired from "./samples/message.expired.json" with { type: "json" };
import messageFailed from "./samples/message.failed.json" with { type: "json" };
import messageInbound from "./samples/message.inbound.json" with { type: "json" };
import interactionClick from "./samples/interaction.click.json" with { type: "json" };
import complaintReceived from "./samples/complaint.received.json" with { type: "json" };
import profileCreate from "./samples/profile.create.json" with { type: "json" };
import profileUpdate from "./samples/profile.update.json" with { type: "json" };
import profileDelete from "./samples/profile.delete.json" with { type: "json" };
import profileUndelete from "./samples/profile.undelete.json" with { type: "json" };
import profileDevicesUpdated from "./samples/profile.devicesUpdated.json" with { type: "json" };
import facebookOptin from "./samples/facebook.optin.json" with { type: "json" };
import conversationCreate from "./samples/conversation.create.json" with { type: "json" };
import conversationUpdate from "./samples/conversation.update.json" with { type: "json" };
import conversationDelete from "./samples/conversation.delete.json" with { type: "json" };
import conversationUndelete from "./samples/conversation.undelete.json" with { type: "json" };
import conversationParticipantAdded from "./samples/conversation.participantAdded.json" with { type: "json" };
import conversationParticipantUpdated from "./samples/conversation.participantUpdated.json" with { type: "json" };
import conversationParticipantRemoved from "./samples/conversation.participantRemoved.json" with { type: "json" };
import conversationParticipantTyping from "./samples/conversation.participantTyping.json" with { type: "json" };
import conversationParticipantTypingOff from "./samples/conversation.participantTypingOff.json" with { type: "json" };
import conversationMessageSent from "./samples/conversationMessage.sent.json" with { type: "json" };
import conversationMessageDelivered from "./samples/conversationMessage.delivered.json" with { type: "json" };
import conversationMessageRead from "./samples/conversationMessage.read.json" with { type: "json" };
import chatCreate from "./samples/chat.create.json" with { type: "json" };
import chatChannelUpdated from "./samples/chat.channelUpdated.json" with { type: "json" };
import chatClosed from "./samples/chat.closed.json" with { type: "json" };
import chatDelete from "./samples/chat.delete.json" with { type: "json" };
import chatMessageSent from "./samples/chatMessage.sent.json" with { type: "json" };
import chatMessageDelivered from "./samples/chatMessage.delivered.json" with { type: "json" };
import chatMessageRead from "./samples/chatMessage.read.json" with { type: "json" };
import presenceAvailable from "./samples/presence.available.json" with { type: "json" };
import presenceAway from "./samples/presence.away.json" with { type: "json" };
import presenceOffline from "./samples/presence.offline.json" with { type: "json" };

/** An event as the sender writes it. */
export interface SampleEvent {
  readonly eventId: string;
  readonly accountId: number;
  readonly apiSpaceId: string;
  readonly name: string;
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
  /** On `presence.*` only. */
  readonly profileId?: string;
  readonly revision?: number;
  readonly etag?: string;
  readonly timestamp: string;
}

const samples: readonly SampleEvent[] = [
  messageSentRequest,
  messageSent,
  messageDelivered,
  messageRead,
  messageExpired,
  messageFailed,
  messageInbound,
  interactionClick,
  complaintReceived,
  profileCreate,
  profileUpdate,
  profileDelete,
  profileUndelete,
  profileDevicesUpdated,
  facebookOptin,
  conversationCreate,
  conversationUpdate,
  conversationDelete,
  conversationUndelete,
  conversationParticipantAdded,
  conversationParticipantUpdated,
  conversationParticipantRemoved,
  conversationParticipantTyping,
  conversationParticipantTypingOff,
  conversationMessageSent,
  conversationMessageDelivered,
  conversationMessageRead,
  chatCreate,
  chatChannelUpdated,
  chatClosed,
  chatDelete,
  chatMessageSent,
  chatMessageDelivered,
  chatMessageRead,
  presenceAvailable,
  presenceAway,
  presenceOffline,
];

const byName = new Map(samples.map((event) => [event.name, event]));

/** The event names that have a sample: all known ones. */
export const sampleNames: readonly string[] = [...byName.keys()];

/** An example of the event, always the same one. A name without a sample gets an event that fits any name. */
export function sample(name: string): SampleEvent {
  return byName.get(name) ?? { ...anyEvent, name };
}

const anyEvent: SampleEvent = {
  eventId: "2c8e5f07-9b14-4d6a-8f32-e1a7c0d5b964",
  accountId: 48213,
  apiSpaceId: "3f0c8a52-7d14-4b0e-9a63-5c1e2f7b8d90",
  name: "",
  payload: { id: "d7a40e6b-13f9-4c82-b5e0-8c9f2d1a6e37" },
  timestamp: "2025-03-08T12:00:00.000Z",
};

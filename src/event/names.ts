/**
 * The event names for which Hookwell has a payload type, by family. They come from the vendor's event pages; the names
 * marked "inferred" come only from the vendor's client libraries. The sender may use others (`session.*` is announced
 * without names), and those are received and handled like these.
 */
export const knownEventNames = [
  "message.sentRequest",
  "message.sent",
  "message.delivered",
  "message.read",
  "message.expired",
  "message.failed",
  "message.inbound",
  "interaction.click",
  "complaint.received",
  "profile.create",
  "profile.update",
  "profile.delete",
  "profile.undelete",
  "profile.devicesUpdated",
  "facebook.optin",
  "conversation.create",
  "conversation.update", // inferred
  "conversation.delete",
  "conversation.undelete",
  "conversation.participantAdded",
  "conversation.participantUpdated",
  "conversation.participantRemoved", // inferred
  "conversation.participantTyping", // inferred
  "conversation.participantTypingOff", // inferred
  "conversationMessage.sent",
  "conversationMessage.delivered",
  "conversationMessage.read",
  "chat.create",
  "chat.channelUpdated",
  "chat.closed",
  "chat.delete",
  "chatMessage.sent",
  "chatMessage.delivered", // inferred
  "chatMessage.read", // inferred
  "presence.available",
  "presence.away",
  "presence.offline",
] as const;

/** One of `knownEventNames`. */
export type KnownEventName = (typeof knownEventNames)[number];

const known: ReadonlySet<string> = new Set(knownEventNames);

/** Whether Hookwell has a payload type for events of this name. */
export const isKnownName = (name: string): name is KnownEventName => known.has(name);

/** Any event name or pattern; editors suggest the known names. */
export type EventPattern = KnownEventName | (string & {});

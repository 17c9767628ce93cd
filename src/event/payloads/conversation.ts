import type { MessagePart } from "./message.ts";
import type { DeletePayload, OpenRecord, Timestamp } from "./open.ts";

/** What a role allows. */
export interface Permissions extends OpenRecord {
  readonly canSend?: boolean;
  readonly canAddParticipants?: boolean;
  readonly canRemoveParticipants?: boolean;
}

/** A participant of a conversation or a chat. Events say `profileId` where the REST API says `id`. */
export interface Participant extends OpenRecord {
  readonly profileId: string;
  /** `owner` or `participant`. */
  readonly role?: string;
}

/** A conversation without its participants. */
export interface ConversationFields extends OpenRecord {
  /** Id of the conversation, a free string. */
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly roles?: OpenRecord & { readonly owner?: Permissions; readonly participant?: Permissions };
  readonly isPublic?: boolean;
}

/** `conversation.create`. Certain: vendor page "App messaging: conversation events", example. */
export interface ConversationCreatePayload extends ConversationFields {
  readonly participants?: readonly Participant[];
}

/** `conversation.update`: inferred from the vendor's client libraries. */
export interface ConversationUpdatePayload extends ConversationFields {}

/** `conversation.delete`. Certain: vendor example. */
export interface ConversationDeletePayload extends DeletePayload {}

/** `conversation.undelete`: as `create`. Certain: vendor example, whose end is not known. */
export interface ConversationUndeletePayload extends ConversationFields {
  readonly participants?: readonly Participant[];
}

/** Somebody in a conversation; these events have no revision. */
export interface ParticipantPayload extends OpenRecord {
  /** Id of the conversation, not of the person. */
  readonly id: string;
  /** The person. */
  readonly profileId: string;
}

/** `conversation.participantAdded`. Certain: vendor example. */
export interface ParticipantAddedPayload extends ParticipantPayload {
  /** `owner` or `participant`. */
  readonly role: string;
}

/** `conversation.participantUpdated`: the name is certain, the fields are inferred. */
export interface ParticipantUpdatedPayload extends ParticipantPayload {
  /** `owner` or `participant`. */
  readonly role?: string;
}

/**
 * `conversation.participantRemoved`: inferred. The vendor's page calls it "Participant Deleted", so be ready for
 * another name.
 */
export interface ParticipantRemovedPayload extends ParticipantPayload {}

/** `conversation.participantTyping`: inferred; seen on the vendor's web socket only. */
export interface ParticipantTypingPayload extends ParticipantPayload {}

/** `conversation.participantTypingOff`: inferred; seen on the vendor's web socket only. */
export interface ParticipantTypingOffPayload extends ParticipantPayload {}

/** `conversationMessage.sent`. Certain: vendor page "App messaging: message events", example. */
export interface ConversationMessageSentPayload extends OpenRecord {
  /** Id of the message. */
  readonly id: string;
  readonly metadata?: OpenRecord;
  readonly context: OpenRecord & {
    readonly from: OpenRecord & { readonly id: string; readonly name?: string; readonly avatarUrl?: string };
    readonly conversationId: string;
    /** Identity that sent it, such as `session:<profile>`. */
    readonly sentBy?: string;
    readonly sentOn?: Timestamp;
    /** `a2p` between a business and a person, `p2p` between persons. */
    readonly scope?: string;
    /** Seen from the business: `inbound` comes from the user of the app. */
    readonly direction?: string;
  };
  readonly parts: readonly MessagePart[];
  /** Push alert; seen on the vendor's web socket only. */
  readonly alert?: OpenRecord;
  /** Place in the conversation; equals the event's revision. */
  readonly conversationEventId?: number;
}

/** A receipt for a message of a conversation. Certain: vendor examples. */
export interface ConversationMessageStatusPayload extends OpenRecord {
  /** Id of the message. */
  readonly id: string;
  readonly conversationId: string;
  /** Who received or read it. */
  readonly profileId: string;
  /** When. */
  readonly timestamp: Timestamp;
  readonly scope?: string;
  readonly direction?: string;
  readonly isPublicConversation?: boolean;
  /** Place in the conversation; equals the event's revision. */
  readonly conversationEventId?: number;
}

/** `conversationMessage.delivered`. */
export interface ConversationMessageDeliveredPayload extends ConversationMessageStatusPayload {}

/** `conversationMessage.read`. */
export interface ConversationMessageReadPayload extends ConversationMessageStatusPayload {}

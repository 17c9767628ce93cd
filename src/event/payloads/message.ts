import type { OpenRecord, Timestamp } from "./open.ts";

/**
 * Ids of channels as events spell them, case-sensitive. There are other values: for transactional email no id is
 * documented.
 */
export type ChannelId = "sms" | "rcs" | "whatsApp" | "mms" | "fbMessenger" | "nativePush" | "appMessaging";

/** What a channel reported about a message. Source: vendor page "Message events", SMS example. */
export interface ChannelStatus extends OpenRecord {
  /** Such as `sent`. */
  readonly status?: string;
  /** What the channel returned; its shape depends on the channel. */
  readonly details?: OpenRecord;
  readonly updatedOn?: Timestamp;
}

/** What became of a message on its channel. */
export interface MessageDetails extends OpenRecord {
  /** The channel in use. */
  readonly channel: ChannelId | (string & {});
  /**
   * What the channel returned. SMS: `to` (digits, no plus), `successful` (boolean), `clientRef` (the message id).
   * RCS: `name`, `sendTime`, `contentMessage`. Facebook Messenger: `fbMessengerId`, `messageId`. For the
   * other channels no example is known.
   */
  readonly additionalInfo?: OpenRecord;
  /** By channel id; may be empty (RCS). */
  readonly channelStatus?: { readonly [channel: string]: ChannelStatus | undefined };
}

/**
 * Fields of every outbound message event. Source: vendor page "Message events", examples of `message.sent` for SMS
 * and RCS; the vendor's C# contract agrees.
 */
export interface MessagePayload extends OpenRecord {
  /** Id of the message; the REST API calls it `messageId`. */
  readonly id: string;
  readonly details: MessageDetails;
  /**
   * By channel id. SMS: `phoneNumberCountryCode` (ISO country), `segmentCount` (a number). RCS: `phoneNumber`,
   * `phoneNumberCountryCode`, `agentId`.
   */
  readonly channelData?: { readonly [channel: string]: OpenRecord | undefined };
  readonly updatedOn: Timestamp;
  /** The `metadata` of the send request, with profile fields filled in; use it to correlate with your own data. */
  readonly metadata?: OpenRecord;
  /** Declared by the vendor's C# contract; in no example. */
  readonly conversationId?: string;
}

/**
 * `message.sentRequest`: the channel took the request. Known only from a third party's summary, so everything but the
 * id is a guess.
 */
export interface MessageSentRequestPayload extends OpenRecord {
  readonly id: string;
  readonly details?: MessageDetails;
  readonly metadata?: OpenRecord;
  readonly updatedOn?: Timestamp;
}

/** `message.sent`: the message was sent on the channel. Certain: vendor examples. */
export interface MessageSentPayload extends MessagePayload {}

/**
 * `message.delivered`; for email, deduced from opening it. The name is certain, the fields are assumed to be those of
 * `message.sent`.
 */
export interface MessageDeliveredPayload extends MessagePayload {}

/**
 * `message.read`: read or opened, where the channel can tell. The name is certain, the fields are assumed to be those
 * of `message.sent`.
 */
export interface MessageReadPayload extends MessagePayload {}

/**
 * `message.expired`: not delivered before the message's `expiresOn` or the channel's own limit. The name is certain,
 * the fields are assumed to be those of `message.sent`.
 */
export interface MessageExpiredPayload extends MessagePayload {}

/**
 * `message.failed`: could not be delivered; for email, processing failed for good. The name is certain, the fields are
 * assumed to be those of `message.sent`.
 */
export interface MessageFailedPayload extends MessagePayload {
  readonly details: MessageDetails & {
    /**
     * The reason, for people; no list of reasons is published. The REST API has a field of this name; its place here is
     * a guess.
     */
    readonly failureReason?: string;
  };
}

/** A person or a number; which fields there are depends on the channel. */
export interface MessageAddress extends OpenRecord {
  readonly profileId?: string;
  /** International, digits without a plus. */
  readonly phoneNumber?: string;
  readonly fbMessengerId?: string;
}

/** A part of a message with media. Source: the vendor's REST specification. */
export interface MessagePart extends OpenRecord {
  readonly name?: string;
  /** MIME type. */
  readonly type?: string;
  readonly url?: string;
  /** The content itself, if it is not at `url`. */
  readonly data?: string;
  /** Bytes. */
  readonly size?: number;
}

/**
 * `message.inbound`: a person sent a message. The name is certain. The fields are those of the REST API's
 * inbound message, which the vendor's bot sample confirms in part (`channel`, `from`, `to`, `body`, `messageParts`).
 */
export interface MessageInboundPayload extends OpenRecord {
  /** Id of the inbound message; inferred. Where it is missing, look for `messageId`. */
  readonly id?: string;
  readonly messageId?: string;
  readonly channel: ChannelId | (string & {});
  readonly from: MessageAddress;
  readonly to?: MessageAddress & {
    /** The Facebook page. */
    readonly pageId?: string;
    /** With the channel `appMessaging`. */
    readonly conversationId?: string;
  };
  /** The text, if it is a text message. */
  readonly body?: string;
  readonly title?: string;
  /** Present if the message is more than plain text. */
  readonly messageParts?: readonly MessagePart[];
  /** Content in the channel's own form. */
  readonly channelData?: OpenRecord;
  readonly conversationId?: string;
  readonly metadata?: OpenRecord;
  /** The outbound message that this one answers. */
  readonly correlation?: OpenRecord & { readonly messageId?: string; readonly metadata?: OpenRecord };
  readonly receivedOn?: Timestamp;
  /** `received`, `delivered` or `read`. */
  readonly status?: string;
}

/**
 * `interaction.click`: somebody clicked a tracked link in an email, SMS or MMS. The name is certain; no example is
 * known, so every field is a guess.
 */
export interface InteractionClickPayload extends OpenRecord {
  /** Presumably the id of the message. */
  readonly id?: string;
  readonly details?: OpenRecord;
  readonly metadata?: OpenRecord;
  readonly updatedOn?: Timestamp;
}

/**
 * `complaint.received`: the recipient complained about a transactional email; send no more to this person. The name
 * is certain; no example is known, so every field is a guess.
 */
export interface ComplaintReceivedPayload extends OpenRecord {
  /** Presumably the id of the message. */
  readonly id?: string;
  readonly details?: OpenRecord;
  readonly metadata?: OpenRecord;
  readonly updatedOn?: Timestamp;
}

import type { Participant } from "./conversation.ts";
import type { MessagePart } from "./message.ts";
import type { DeletePayload, OpenRecord, Timestamp } from "./open.ts";

/** `chat.create`. Certain: vendor page "Chat events", example. */
export interface ChatCreatePayload extends OpenRecord {
  /** Id of the chat. */
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  /** The team that answers, such as `Customer_Care`. */
  readonly teamId?: string;
  /** Such as `appMessaging` or `email`. */
  readonly channelId?: string;
  readonly participants?: readonly Participant[];
  readonly context?: OpenRecord & { readonly conversationId?: string };
}

/** `chat.channelUpdated`. Certain: vendor example. */
export interface ChatChannelUpdatedPayload extends OpenRecord {
  /** Id of the chat. */
  readonly id: string;
  /** The new channel. */
  readonly channelId: string;
}

/** `chat.closed`. Certain: vendor example. */
export interface ChatClosedPayload extends OpenRecord {
  /** Id of the chat. */
  readonly id: string;
  /** Whether the closing message was suppressed, as the name suggests. */
  readonly bypassMessage?: boolean;
  /** Seconds; what they count is not documented. */
  readonly closeTimeSecs?: number;
  /** In the vendor's example, but not in its list of fields. */
  readonly teamId?: string;
}

/** `chat.delete`. Certain for `date` and `by` (vendor example, cut); `id` by analogy. */
export interface ChatDeletePayload extends DeletePayload {}

/** `chatMessage.sent`. Certain: vendor page "Chat message events", example. */
export interface ChatMessageSentPayload extends OpenRecord {
  /** Id of the message. */
  readonly id: string;
  readonly metadata?: OpenRecord;
  readonly context: OpenRecord & {
    /** An agent's id looks like `PLATFORMUSER\<login>`. */
    readonly from: OpenRecord & { readonly id: string; readonly name?: string };
    /** On outbound messages. */
    readonly to?: OpenRecord & { readonly id?: string };
    readonly chatId: string;
    readonly teamId?: string;
    /** Identity that sent it, such as `interactive:<login>`. */
    readonly sentBy?: string;
    readonly sentOn?: Timestamp;
    /** Seen from the business: `inbound` or `outbound`. */
    readonly direction?: string;
  };
  readonly parts: readonly MessagePart[];
}

/** A receipt for a message of a chat: inferred from the REST API and `conversationMessage.*`. */
export interface ChatMessageStatusPayload extends OpenRecord {
  /** Id of the message. */
  readonly id?: string;
  readonly chatId?: string;
  /** Who received or read it. */
  readonly profileId?: string;
  /** When. */
  readonly timestamp?: Timestamp;
  readonly direction?: string;
}

/** `chatMessage.delivered`. */
export interface ChatMessageDeliveredPayload extends ChatMessageStatusPayload {}

/** `chatMessage.read`. */
export interface ChatMessageReadPayload extends ChatMessageStatusPayload {}

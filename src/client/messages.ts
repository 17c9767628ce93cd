import type { Access } from "./access.ts";
import { type Audit, auditOf } from "./audit.ts";
import { type Calls, given, listed, type Schemas } from "./calls.ts";

/** A message to send: `to` whom, the channels to try in their order (`rules`), and what it says. */
export type MessageInput = Schemas["MessageInput"];
/** The id that a message of a batch got, and its place in the batch, from 0. */
export type BatchItem = Schemas["BatchItemResult"];
/** How far a message is. `retrying` and `filtered` have no event. */
export type MessageStatus = NonNullable<Schemas["Message"]["status"]>;

/** A message as the service keeps it. */
export type SentMessage = Schemas["Message"] &
  Audit & {
    /** The same as `payload.id` in the events about it. */
    readonly messageId: string;
    /** The channel that carried it; null while none did. */
    readonly channel: string | null;
  };

/** The messages of the account or API Space. */
export interface Messages {
  /**
   * Sends a message. It is repeated by itself only after 429, which says that nothing was sent.
   *
   * @throws {SenderUnavailableError} with `mayBeDone` if it may have been sent although no answer says so: the API has no
   *   idempotency key, so look before you send again
   * @example
   * ```ts
   * const { messageId } = await client.messages.send({
   *   to: { phoneNumber: "447700900123" },
   *   body: "Your order is on its way.",
   *   rules: ["sms"],
   * });
   * ```
   */
  send(message: MessageInput): Promise<SentMessage>;
  /** Sends up to 5,000 messages, 10 MB of JSON at most; the items are in the order of the messages. */
  sendBatch(messages: readonly MessageInput[]): Promise<readonly BatchItem[]>;
  /** @throws {SenderNotFoundError} if there is none of this id */
  get(messageId: string): Promise<SentMessage>;
}

export function messagesOf(calls: Calls, access: Access): Messages {
  return {
    send: async (body) =>
      messageOf(given(await calls.POST("/cpaas/messages", { body }), access, "messageId")),
    // A page of the vendor answers 204, the specification 202: any success counts, and a body is read if there is one.
    sendBatch: async (messages) =>
      listed(await calls.POST("/cpaas/messages/batch", { body: [...messages] }), access),
    get: async (messageId) => {
      const path = { messageId };
      return messageOf(
        given(await calls.GET("/cpaas/messages/{messageId}", { params: { path } }), access, "messageId"),
      );
    },
  };
}

function messageOf(raw: Schemas["Message"]): SentMessage {
  return { ...raw, ...auditOf(raw), messageId: raw.messageId ?? "", channel: channelOf(raw) };
}

/** Reads both spellings: `statusDetails.channelId` right after a send, `statusDetails.channel` later. */
function channelOf({ statusDetails }: Schemas["Message"]): string | null {
  const channel = statusDetails?.["channel"] ?? statusDetails?.["channelId"];
  return typeof channel === "string" ? channel : null;
}

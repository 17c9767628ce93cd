import type { components } from "../sender-api/management-api.ts";
import type { InboundMessage } from "./inbounds.ts";
import type { MessageRecord } from "./messages.ts";

export type MessageHistoryEntry = components["schemas"]["MessageHistoryEntry"];

export interface HistoryQuery {
  readonly channelId?: string | undefined;
  readonly direction?: "inbound" | "outbound" | undefined;
  /** Goes back from here, in ms since 1970. Default: all. */
  readonly from?: number | undefined;
  /** Default: 100, a guess. */
  readonly limit?: number | undefined;
}

type Status = NonNullable<MessageHistoryEntry["status"]>;

/** The history knows fewer statuses than the message; what an unfit one becomes is a guess. */
const statusOf: Readonly<Record<string, Status>> = {
  processing: "processing",
  retrying: "processing",
  received: "delivered",
  sent: "sent",
  delivered: "delivered",
  read: "read",
  failed: "failed",
  expired: "failed",
  filtered: "failed",
};

/**
 * The messages with one profile, newest first, as `GET /profiles/{profileId}/messages` tells them. A message is with a
 * profile if any of its addresses is the profile's id, be it a phone number (a guess).
 */
export function historyOf(
  profileId: string,
  records: readonly MessageRecord[],
  inbounds: readonly InboundMessage[],
  { channelId, direction, from = Infinity, limit = 100 }: HistoryQuery,
): readonly MessageHistoryEntry[] {
  const isWith = (address: object): boolean => Object.values(address).includes(profileId);
  const outbound = records
    .filter(({ state }) => isWith(state.to))
    .map(({ message, state }) => ({
      ...message,
      on: message.sentOn,
      channel: state.channel,
      outbound: true,
    }));
  const inbound = inbounds
    .filter((message) => isWith(message.from))
    .map((message) => ({ ...message, on: message.receivedOn, outbound: false }));
  return [...outbound, ...inbound]
    .map(({ messageId = "", on = "", status = "processing", channel, title, body, outbound }) => ({
      messageId,
      submittedOn: on,
      profileId,
      channelId: channel,
      direction: outbound ? ("outbound" as const) : ("inbound" as const),
      status: statusOf[status] ?? "processing",
      message: { ...(title !== undefined && { title }), ...(body !== undefined && { body }) },
    }))
    .filter((entry) => channelId === undefined || entry.channelId === channelId)
    .filter((entry) => direction === undefined || entry.direction === direction)
    .filter(({ submittedOn }) => Date.parse(submittedOn) <= from)
    .toSorted((one, other) => Date.parse(other.submittedOn) - Date.parse(one.submittedOn))
    .slice(0, limit);
}

/** The sender's ids are UUIDs, so none of them begins so. */
const prefix = "reconciled:";

/**
 * True for an event that Hookwell itself has queued in place of one that never arrived. The id tells, so that no
 * ledger needs to keep it.
 *
 * @example
 * ```ts
 * isSynthetic("reconciled:7b1d9e04-3f3c-4c1c-9a52-0d5f6a1c2b33:delivered"); // true
 * ```
 */
export const isSynthetic = (eventId: string): boolean => eventId.startsWith(prefix);

/** The statuses of a message of which the sender has an event each, `message.<status>`. */
export const eventStatuses = ["sent", "delivered", "read", "expired", "failed"] as const;
export type EventfulStatus = (typeof eventStatuses)[number];

/** A status of a message whose event never arrived, as far as the sender's API tells of it. */
export interface MissedStatus {
  /** The sender's id of the message. */
  readonly messageId: string;
  readonly status: EventfulStatus;
  /** When the message got this status, ISO 8601; without it, now. */
  readonly timestamp?: string;
  /** Such as `sms`. */
  readonly channel?: string;
  /** What the sender says about the status; becomes the event's `payload.details`. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What was given when the message was sent. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly accountId?: number | string;
  readonly apiSpaceId?: string;
}

/**
 * The event that the sender would have sent, in the form of the sender. The same status always gives the same id, so
 * that it is a duplicate the second time. It has no revision and no etag, since the sender's API tells neither: it makes
 * nothing obsolete, and the sender's own event is still handled if it comes after all.
 *
 * @param now ms since 1970
 */
export function syntheticEvent(missed: MissedStatus, now: number): Readonly<Record<string, unknown>> {
  const { messageId, status, channel, details, metadata, accountId, apiSpaceId } = missed;
  const at = new Date(now).toISOString();
  const timestamp = missed.timestamp ?? at;
  return {
    eventId: `${prefix}${messageId}:${status}`,
    ...(accountId === undefined ? {} : { accountId }),
    ...(apiSpaceId === undefined ? {} : { apiSpaceId }),
    name: `message.${status}`,
    payload: {
      id: messageId,
      details: { ...(channel === undefined ? {} : { channel }), channelStatus: {}, ...details },
      updatedOn: timestamp,
      ...(metadata === undefined ? {} : { metadata }),
    },
    timestamp,
    synthetic: { source: "reconcile", at },
  };
}

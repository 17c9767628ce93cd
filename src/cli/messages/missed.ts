import type { EventRecord, MissedStatus } from "../../api/contract.ts";
import type { SentMessage } from "../../client/index.ts";
import { eventStatuses } from "../../event/synthetic.ts";
import { parseTime } from "../../event/time.ts";

/** A status that the sender gave a message, and of which no event arrived. */
export interface Missed {
  readonly messageId: string;
  /** The newest status that the ledger knows, such as `sent`. */
  readonly ours: string;
  readonly theirs: MissedStatus["status"];
  /** When the sender gave it, ISO 8601; null if the sender does not say. */
  readonly since: string | null;
  /** What to queue in its place. */
  readonly status: MissedStatus;
}

const final: readonly string[] = ["delivered", "read", "expired", "failed"];
const known: readonly string[] = ["sentRequest", ...eventStatuses];

/**
 * A status whose event may still be on its way is not missed, in ms: the sender collects events for a minute at most, and
 * the queue takes its time.
 */
export const onItsWayMs = 120_000;

/** The status of an outbound message that an event of this name tells; undefined if it tells none. */
export function statusIn(name: string): string | undefined {
  const status = name.startsWith("message.") ? name.slice("message.".length) : "";
  return known.includes(status) ? status : undefined;
}

/** Whether no other status is expected after this one, but for read after delivered. */
export const isFinal = (status: string | undefined): boolean =>
  status !== undefined && final.includes(status);

/** Whether one of these events of a message tells a final status. */
export const isFinished = (events: readonly EventRecord[]): boolean =>
  events.some(({ name }) => isFinal(statusIn(name)));

/** The sender's id of the message that an entity is; undefined if it is none. */
export function messageIn(entity: string): string | undefined {
  return entity.startsWith("message:") ? entity.slice("message:".length) : undefined;
}

/**
 * What was missed of a message that is not finished, if anything.
 *
 * @param events all that the ledger knows of it, in their order
 * @param told what the sender says of it
 * @param now ms since 1970
 */
export function missedOf(events: readonly EventRecord[], told: SentMessage, now: number): Missed | undefined {
  const ours = events.flatMap(({ name }) => statusIn(name) ?? []);
  // `processing`, `retrying` and `filtered` have no events.
  const theirs = eventStatuses.find((status) => status === told.status);
  if (theirs === undefined || ours.includes(theirs)) return undefined;
  const updatedAt = parseTime(told.updatedOn ?? "");
  if (Math.abs(now - updatedAt) < onItsWayMs) return undefined;
  const since = Number.isNaN(updatedAt) ? null : new Date(updatedAt).toISOString();
  const { messageId, channel, statusDetails, metadata } = told;
  const { accountId = null, apiSpaceId = null } = events.at(-1) ?? {};
  return {
    messageId,
    ours: ours.at(-1) ?? "unknown",
    theirs,
    since,
    status: {
      messageId,
      status: theirs,
      ...(since !== null && { timestamp: since }),
      ...(channel !== null && { channel }),
      ...(statusDetails && { details: statusDetails }),
      ...(metadata && { metadata }),
      ...(accountId !== null && { accountId }),
      ...(apiSpaceId !== null && { apiSpaceId }),
    },
  };
}

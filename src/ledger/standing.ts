import type { Message } from "../event/message.ts";
import { copyReplayedBy, runsAtReplay } from "../event/replay-copy.ts";
import { type EventStatus, isSettled } from "./record.ts";

/** What a ledger knows of an event when a copy of it comes. */
export interface KnownEvent {
  /** The copy that was admitted last, duplicates aside. */
  readonly copy: string;
  readonly status: EventStatus;
  readonly attempts: number;
  /** Between `admit` and `settle`, in this process. */
  readonly isUnderWay: boolean;
}

/**
 * What becomes of a copy: it `passes`, or it is a duplicate. One that the sender `repeated` is counted; one of our own,
 * which is `done`, is not.
 */
export type Standing = "passes" | "repeated" | "done";

/**
 * Whether a copy of a known event may be handled. A queue hands out the same copy until it is acknowledged, so it
 * passes until the event is settled.
 *
 * A replay is for the event as the person saw it: if a handler has run since, it was asked for twice, or the event's
 * own retry came first. And queues hand out in order. So if the event was admitted, never tried, and is not under way,
 * another copy of it shows that the queue has lost the first one, and takes its place; else the event would be pending
 * for ever. After an attempt it does not, since the next attempt is still to come. If that attempt comes after a replay
 * that took its place, it is done, and the sender has repeated nothing.
 */
export function standingOf(
  message: Pick<Message, "copy" | "replay">,
  { copy, status, attempts, isUnderWay }: KnownEvent,
): Standing {
  if (copy === message.copy) return isSettled(status) ? "done" : "passes";
  if (message.replay) {
    const isNamed = runsAtReplay(message) !== undefined;
    const isMeant = isReplayOf(message.copy, attempts) && (isNamed || isSettled(status));
    return isMeant && !isUnderWay ? "passes" : "done";
  }
  const isLost = status === "pending" && attempts === 0 && !isUnderWay;
  if (isLost) return "passes";
  return message.copy === copyReplayedBy(copy) ? "done" : "repeated";
}

/** Whether no handler has run since this replay was asked for, as far as its name tells. */
const isReplayOf = (copy: string, attempts: number): boolean => (runsNamed(copy) ?? attempts) === attempts;

/**
 * Whether an event is pending again, now that this replay of it is on its way. Not if the replay will not pass, or may
 * have come already, since nothing would settle the event then: as the copy that the ledger knows, or before that copy,
 * if this is another replay that was asked for at the same time and found the event to be obsolete.
 */
export function isReopenedBy(
  replay: string,
  { copy, status, attempts }: Omit<KnownEvent, "isUnderWay">,
): boolean {
  const isAskedWith = copyReplayedBy(copy) !== undefined && runsNamed(copy) === runsNamed(replay);
  return isSettled(status) && copy !== replay && isReplayOf(replay, attempts) && !isAskedWith;
}

const runsNamed = (copy: string): number | undefined => runsAtReplay({ copy, replay: true });

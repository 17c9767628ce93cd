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

/** A copy that comes passes, or it is a duplicate: one of the sender's, which is counted, or one of our own. */
export type Standing = "passes" | "repeated" | "done";

/**
 * Whether a copy of a known event may be handled. A queue hands the same copy out again until it is acknowledged, so that
 * one passes until it is settled.
 *
 * A replay is for the event as the person saw it: if a handler has run since, it was asked for twice, or the event's own
 * retry came first. And queues hand out in order: another copy of an event that was admitted, never tried and is not under
 * way tells that the queue has lost the first one. It takes the place, else the event would be pending for ever. After an
 * attempt it does not, since the next one is to come. If a replay came before that, it has taken its place: the sender has
 * repeated nothing.
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
export const isReplayOf = (copy: string, attempts: number): boolean =>
  (runsAtReplay({ copy, replay: true }) ?? attempts) === attempts;

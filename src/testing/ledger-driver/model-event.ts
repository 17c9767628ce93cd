import type { Message } from "../../event/message.ts";
import { copyReplayedBy, runsAtReplay } from "../../event/replay-copy.ts";
import type { Attempt, EventStatus } from "../../ledger/record.ts";
import type { Span } from "../play.ts";

/** What a ledger must know about an event. */
export interface ModelEvent {
  /** As it was first admitted. */
  readonly first: Message;
  /** As the queue hands it out: the copy that counts. */
  current: Message;
  status: EventStatus;
  deliveries: number;
  conflict: boolean;
  error: string | null;
  settledAt: Span | null;
  readonly attemptLog: Attempt[];
  /** True if the last attempt has begun and is not over. */
  begun: boolean;
  wasHandled: boolean;
  /** True between `admit` and `settle`, unless there was a restart since. */
  underWay: boolean;
  /**
   * What the ledger has of it. If it was only admitted, it may not be seen yet, and after a crash it may even be
   * forgotten, until it comes again. Whatever else happens to it is written down.
   */
  trace: "admitted" | "shown" | "doubtful" | "written";
  /** Its newest change, in an order over all events; and the newest one that readers must be told. */
  touched: number;
  changed: number;
}

export const isSettled = ({ status }: ModelEvent): boolean => status !== "pending" && status !== "retrying";
/** True if the ledger must show it now. */
export const isSeen = ({ trace }: ModelEvent): boolean => trace === "shown" || trace === "written";

/**
 * Whether a message is a repeat. The same copy is one once the event is settled; another copy always, unless the first
 * was never tried and is not under way any more; a replay while its event is under way, or if that was tried since
 * somebody asked for the replay.
 */
export function repeats(message: Message, event: ModelEvent): boolean {
  const { current, status, attemptLog, underWay } = event;
  if (current.copy === message.copy) return isSettled(event);
  if (underWay) return true;
  const runs = runsAtReplay(message);
  return runs === undefined ? status !== "pending" || attemptLog.length > 0 : runs !== attemptLog.length;
}

/** True if it is not a repeat by the sender, but the copy that counts, or the one that a replay replaces. */
export const isOwn = ({ copy }: Message, { current }: ModelEvent): boolean =>
  copy === current.copy || copy === copyReplayedBy(current.copy);

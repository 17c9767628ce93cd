import type { Message } from "../event/message.ts";
import type { Log } from "../log.ts";
import type { EngineReport } from "../lib/engines/engine-report.ts";
import type { LookOptions } from "../lib/engines/not-made.ts";

/** A message as the queue hands it out. */
export interface Delivery {
  /** Opaque to all but the driver that made it. */
  readonly receipt: string;
  /** What was sent, its body byte for byte; or, if this version cannot read it, why. */
  readonly message: Message | RangeError;
  /** 1 on the first hand-out, one more after each lease that ended without an answer; `retry` sets it. */
  readonly attempt: number;
}

/** How much is waiting. */
export interface QueueDepth {
  /** Messages that were sent and not acknowledged yet, whether waiting, handed out or delayed. */
  readonly messages: number;
  /** Age of the oldest of them in ms; 0 if there is none. */
  readonly oldestAgeMs: number;
  /** How many of them wait on this machine for the engine to come back. */
  readonly spilled?: number;
  /** The engine does not tell all that it has: there may be more than these. */
  readonly isAway?: boolean;
}

export interface RetryOptions {
  /** Not handed out again before this many ms have passed. */
  readonly delayMs: number;
  /**
   * The `attempt` that the next hand-out carries. If it is the same as now, the message was only handed out too early:
   * it keeps its place before those that were sent later, and need not wait any longer when no consumer is left.
   */
  readonly attempt: number;
}

export interface SendOptions {
  /**
   * The messages may have been sent before, and nobody knows how that ended. An engine that recognises repeats must
   * take them all the same: it may recognise a message that it has lost.
   */
  readonly isAgain?: boolean;
}

/**
 * What an engine promises. At least once: a message that was sent is handed out until it is acknowledged, through
 * crashes of any process at any moment. First in, first out within a shard, as far as nothing is retried. A consumer
 * that dies loses its messages to the others when its lease ends. Any method may throw `QueueUnavailableError`, after
 * which the same call may be tried again. Nothing is asked once it is closed: `Queue` sees to that.
 */
export interface QueueDriver {
  /** Into how many shards the messages are cut (`shardOf`), so that several processes can share them; 1: no cut. */
  readonly shards: number;
  /**
   * Resolves only when every message would survive a crash; rejects if even one might not. An engine that is there and
   * does not take some messages says which: with `EventsRefusedError` if it has no room for them, and then it stored
   * all others; with `EventTooLargeError` if it will never take them. After the latter and any other error, nobody
   * knows what is stored. `takesNothing` says that it has no room for any other message either.
   */
  send(messages: readonly Message[], options?: SendOptions): Promise<void>;
  /**
   * From now on this consumer is handed messages of these shards only; before the first call, none. Of the shards that
   * it did not own until now, all that was handed out before, to anyone, is handed out again, to it. With an empty list
   * it also gives up what it was handed itself: answers to that may be passed over from then on, and it is handed
   * nothing more, even if the call fails.
   */
  own(shards: readonly number[]): Promise<void>;
  /**
   * Keeps the whole queue for the workers of one history: for a lease that begins anew with each call by any of them,
   * or, if the queue itself sees which workers are alive, for as long as one of them is. `close` ends it, unless the
   * history is shared: then others may still work with it.
   *
   * @returns how long it is kept, in ms from the moment of the call; 0 if it is kept for another history
   */
  reserve(history: WorkersHistory): Promise<number>;
  /** Up to `max` messages, leased to the caller. Waits about a second at most; an empty list is a fine answer. */
  receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]>;
  /**
   * Forgets these messages for good, through crashes of any process. If a power cut undoes it, they are handed out
   * again. A message that is gone already is passed over.
   */
  ack(deliveries: readonly Delivery[]): Promise<void>;
  /**
   * Hands the message out again later; it is never lost. If the engine cannot store it again and acknowledge it in one
   * step, it is stored first: after a crash between the two it is there twice, with the same `copy`.
   */
  retry(delivery: Delivery, options: RetryOptions): Promise<void>;
  /** Begins the lease of each anew, for handlers that take long. */
  extend(deliveries: readonly Delivery[]): Promise<void>;
  depth(): Promise<QueueDepth>;
  /** What the engine is, and what it keeps through which trouble. */
  report(): Promise<EngineReport>;
  /** Ends waiting calls; what is handed out comes back to other consumers. May be called twice. */
  close(): Promise<void>;
}

/** The history with which workers handle the events of a queue. */
export interface WorkersHistory {
  /** No other history has the same. */
  readonly name: string;
  /** Whether other processes can have it open, too. */
  readonly isShared: boolean;
}

/** The part of a driver that messages go in by. */
export type QueueInlet = Pick<QueueDriver, "send" | "depth" | "close">;

export interface QueueDriverOptions extends LookOptions {
  /** How long a consumer may hold a message without a sign of life, in ms. */
  readonly leaseMs: number;
  /** Told when the engine is lost and when it is back. */
  readonly log?: Log;
}

/** How long `receive` waits for the first message, in ms. */
export const receiveMs = 1_000;

export const receiptsOf = (deliveries: readonly Delivery[]): string[] =>
  deliveries.map(({ receipt }) => receipt);

/** How large its body is; 0 if this version cannot read it. */
export const bytesOf = ({ message }: Delivery): number =>
  message instanceof RangeError ? 0 : message.body.length;

/** How many messages of a lane a worker has room for; what it is handed beyond that it sends back as too early. */
export const laneful = 400;

/**
 * Into how many shards an engine that several workers share cuts its messages; so many workers can work at the same
 * time.
 */
export const sharedShards = 16;
export const allShards: readonly number[] = Array.from({ length: sharedShards }, (_, shard) => shard);

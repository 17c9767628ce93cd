/** A message as the queue hands it out. */
export interface Delivery {
  /** Opaque to all but the driver that made it. */
  readonly receipt: string;
  /** The bytes that were sent, unchanged. */
  readonly body: Uint8Array;
  /** 1 on the first hand-out, one more after each lease that ended without an answer; `retry` sets it. */
  readonly attempt: number;
}

/** How much is waiting. */
export interface QueueDepth {
  /** Messages that were sent and not acknowledged yet, whether waiting, handed out or delayed. */
  readonly messages: number;
  /** Age of the oldest of them in ms; 0 if there is none. */
  readonly oldestAgeMs: number;
}

export interface RetryOptions {
  /** Not handed out again before this many ms have passed. */
  readonly delayMs: number;
  /**
   * The `attempt` that the next hand-out carries. The same as now says that the message was only handed out too early:
   * it keeps its place before those that were sent later, and need
   * not wait any longer when no consumer is left.
   */
  readonly attempt: number;
}

/**
 * What an engine promises. At least once: a message that was sent is handed out until it is acknowledged, through
 * crashes of any process at any moment. First in, first out as far as nothing is retried. A consumer that dies loses
 * its messages to the others when its lease ends. Any method may throw `QueueUnavailableError`, after which the same
 * call may be tried again, and `ClosedError` once closed.
 */
export interface QueueDriver {
  /** Resolves only when every body would survive a crash; rejects if even one might not. */
  send(bodies: readonly Uint8Array[]): Promise<void>;
  /** Up to `max` messages, leased to the caller. Waits about a second at most; an empty list is a fine answer. */
  receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]>;
  /**
   * Forgets them for good, through crashes of any process; a power cut may undo it, and they are handed out again. A
   * message that is gone already is passed over.
   */
  ack(deliveries: readonly Delivery[]): Promise<void>;
  /** Hands the message out again later; in one step with its acknowledgement, so that it is never lost or doubled. */
  retry(delivery: Delivery, options: RetryOptions): Promise<void>;
  /** Begins the lease of each anew, for handlers that take long. */
  extend(deliveries: readonly Delivery[]): Promise<void>;
  depth(): Promise<QueueDepth>;
  /** Ends waiting calls; what is handed out comes back to other consumers. May be called twice. */
  close(): Promise<void>;
}

export interface QueueDriverOptions {
  /** How long a consumer may hold a message without a sign of life, in ms. */
  readonly leaseMs: number;
}

export interface BackoffOptions {
  /** Wait after the first failure, in ms. */
  readonly minMs: number;
  /** Longest wait, in ms. */
  readonly maxMs: number;
}

/**
 * How long to wait after attempt number `attempt` has failed, in ms: twice as long each time, up to the longest, and
 * somewhere between half of that and all of it, so that events which failed together do not all come back together.
 *
 * @param random from 0 up to 1
 */
export function backoff(attempt: number, { minMs, maxMs }: BackoffOptions, random: () => number): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(attempt - 1, 52));
  return Math.round(full / 2 + (full / 2) * random());
}

import type { Operation, OperationId } from "./document.ts";

/** The regions of the sender: each account lives in one, and each region has a host. */
export const regions = ["r1", "r2", "r3"] as const;
/** One of `regions`. */
export type Region = (typeof regions)[number];

/** What a client has to live with. */
export interface Limits {
  /** Where the account lives. Calls with Basic credentials at another region are answered 403. */
  readonly region: Region;
  /** Calls a minute for each scope, sending not counted; null is no limit. More are answered 429. */
  readonly rateLimit: number | null;
  /** Excess is answered as the sender's older scheme does: 400, and a limit for an hour over all calls. */
  readonly legacyRateLimit: boolean;
}

export const noLimits: Limits = { region: "r1", rateLimit: null, legacyRateLimit: false };

/** Whether a call may pass, and the headers that tell the caller how many more may. */
export interface Passage {
  readonly passes: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sending is not limited (as a digest of the sender's page on limits says). */
const unlimited: readonly OperationId[] = ["postMessages", "postMessagesBatch"];
const minuteMs = 60_000;

/**
 * Counts calls in windows of a minute, for each scope apart; in the older scheme in one of an hour. Headers and windows
 * are those of a digest of the sender's pages. Guesses: which scope a call counts for, and that `X-RateLimit-Reset` is
 * in seconds since 1970.
 *
 * @param now ms since 1970
 */
export function rateLimiter(now: () => number): (operation: Operation, limits: Limits) => Passage {
  const counts = new Map<string, { readonly window: number; count: number }>();
  return ({ id, method }, { rateLimit, legacyRateLimit }) => {
    if (rateLimit === null || unlimited.includes(id)) return { passes: true, headers: {} };
    const scope = legacyRateLimit ? "account" : method === "get" ? "high" : "medium";
    const lengthMs = legacyRateLimit ? 60 * minuteMs : minuteMs;
    const window = Math.floor(now() / lengthMs);
    const last = counts.get(scope);
    const current = last?.window === window ? last : { window, count: 0 };
    counts.set(scope, current);
    current.count += 1;
    const passes = current.count <= rateLimit;
    if (legacyRateLimit) return { passes, headers: {} };
    const headers = {
      "X-RateLimit-Limit": String(rateLimit),
      "X-RateLimit-Remaining": String(Math.max(0, rateLimit - current.count)),
      "X-RateLimit-Reset": String(((window + 1) * lengthMs) / 1_000),
      "X-RateLimit-Scope": scope,
    };
    return { passes, headers };
  };
}

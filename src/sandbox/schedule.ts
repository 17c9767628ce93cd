/** The two retry schedules that are known; which of them the sender follows today is not. */
export type ScheduleName = "A" | "B";

/** Delays before each retry, in seconds. Two versions of the vendor's page are known. */
export const schedules: Readonly<Record<ScheduleName, readonly number[]>> = {
  /** The vendor's own page, in both stored copies: 17 retries in 24 h 4 m 10 s. */
  A: [5, 5, 30, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 14400, 14400, 14400, 14400],
  /** A third party's summary of the page: 16 retries in 24 h 3 m 45 s. */
  B: [5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 14400, 14400, 14400, 14400],
};

/** What the sender does after an attempt. */
export type Verdict =
  | { readonly outcome: "accepted" | "refused" | "dead" }
  | { readonly outcome: "retry"; readonly delayMs: number };

/**
 * The sender's rule: 2xx is accepted, 400 is final and loses the body, anything else is retried until the schedule
 * ends. That 401 is retried like the rest is a guess: the vendor excludes only 400.
 *
 * @param status the answer; null if there was none
 * @param attempt 1 for the first
 */
export function verdictOn(status: number | null, attempt: number, schedule: ScheduleName): Verdict {
  if (status !== null && status >= 200 && status < 300) return { outcome: "accepted" };
  if (status === 400) return { outcome: "refused" };
  const delay = schedules[schedule][attempt - 1];
  return delay === undefined ? { outcome: "dead" } : { outcome: "retry", delayMs: delay * 1_000 };
}

import { HookwellError } from "../../errors.ts";
import { errorText } from "../../lib/is-error.ts";

/** What was found out about one thing. */
export interface Check {
  readonly level: "ok" | "warn" | "fail";
  /** What was looked at, one or two words. */
  readonly topic: string;
  /** A sentence or less. */
  readonly says: string;
  /** What to do, if that is not said yet. */
  readonly cure?: string | undefined;
}

export const ok = (topic: string, says: string): Check => ({ level: "ok", topic, says });
export const warn = (topic: string, says: string, cure?: string): Check => ({
  level: "warn",
  topic,
  says,
  cure,
});
export const fail = (topic: string, says: string, cure?: string): Check => ({
  level: "fail",
  topic,
  says,
  cure,
});

/** An error of ours as a check; its message says what to do itself. */
export function failed(topic: string, error: unknown): Check {
  if (error instanceof HookwellError) return fail(topic, error.message);
  return fail(topic, errorText(error), "See whether the log says more.");
}

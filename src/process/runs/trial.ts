/** How a suspect is tried: not any more, beside other suspects, one suspect at a time, or alone, as far as `Slots` can. */
export type Trial = "none" | "beside-others" | "in-turn" | "alone";

/** What is known of one: how often its handler ran, and whether the last run ended with its process. */
interface Suspect {
  readonly known: number;
  readonly wasCutOff: boolean;
}

/** The rule. One whose handler was running when a process ended has its last attempt alone. */
export function trialOf({ known, wasCutOff }: Suspect, maxAttempts: number): Trial {
  if (known >= maxAttempts) return "none";
  const isLast = known + 1 >= maxAttempts;
  // After a crash, all that was under way is suspected once. While they have an attempt to lose, suspects run side by
  // side, and even those with one left do not keep all others waiting: there may be hundreds.
  if (!wasCutOff) return isLast ? "in-turn" : "beside-others";
  // An event that comes for the first time may end the process, too, and with it the last attempt of another.
  return isLast ? "alone" : "in-turn";
}

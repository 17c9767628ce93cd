import type { Handlers } from "../../process/handlers.ts";

/** How the demo's handler takes an SMS. Its metadata say so, which the sender gives back with every event. */
export type Mood = "works" | "fails once" | "fails for good";

/** Runs before an event becomes a dead letter. */
export const mostAttempts = 3;

/**
 * What stands for the user's own code: it fails when the metadata of the SMS ask for it, at its last event, since a
 * newer one would make a failed one obsolete. One that fails for good works after a replay, as repaired code would.
 */
export function demoHandlers(): Handlers {
  const runs = new Map<string, number>();
  return {
    "message.read": ({ eventId, payload }) => {
      const run = (runs.get(eventId) ?? 0) + 1;
      runs.set(eventId, run);
      const mood = payload.metadata?.["handler"];
      if (mood === "fails once" && run === 1) throw new Error("The shop is busy.");
      if (mood === "fails for good" && run <= mostAttempts) throw new Error("The order is unknown.");
      runs.delete(eventId);
    },
    "*": () => undefined,
  };
}

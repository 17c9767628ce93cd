import type { Period } from "../analytics.ts";
import type { Sandbox } from "../sandbox.ts";
import type { Handlers } from "./handler.ts";

type ReadingHandlers = Pick<Handlers, "getAnalyticsMessages" | "getProfilesByProfileIdMessages">;

/** The calls that tell what became of messages as a whole. */
export function readingHandlers(sandbox: Sandbox): ReadingHandlers {
  return {
    getAnalyticsMessages: ({ query: { from, to, by = [], system = ["api"] } }) => {
      // Everything here is sent through the API. Without a period all is one, which is a guess.
      if (!system.includes("api")) return { status: 200, body: [] };
      const period = by.find(isPeriod) ?? "alltime";
      const counts = sandbox.analytics({ from: Date.parse(from), to: Date.parse(to), by: period });
      return { status: 200, body: [...counts] };
    },
    /** The sandbox measures no times to delivery. */
    getProfilesByProfileIdMessages: ({ path: { profileId }, query: { from, ...query } }) => {
      const since = from === undefined ? undefined : Date.parse(from);
      return { status: 200, body: [...sandbox.history(profileId, { ...query, from: since })] };
    },
  };
}

const periods: readonly Period[] = ["hour", "day", "month", "year", "alltime"];
const isPeriod = (word: string): word is Period => periods.includes(word as Period);

import { deliveriesAlone, plain, type Fault } from "../fault.ts";
import { usualFor } from "../setting.ts";

/** A sender in great trouble; else nothing happens. */
export const clients: Fault = {
  ...plain,
  name: "clients",
  about: "clients repeat and reorder, and hang up in the middle of every second request",
  rounds: { usual: 4, quick: 1 },
  setting: (quick) => ({
    ...usualFor(quick),
    load: { ...usualFor(quick).load, repeatOneIn: 2 },
    habits: { ...usualFor(quick).habits, clients: 12, hangUpOneIn: 2, pauseMs: 0 },
  }),
  strike: deliveriesAlone,
};

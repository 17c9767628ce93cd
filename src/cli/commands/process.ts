import type { Unlisted } from "../command.ts";
import { startCommand } from "../start-command.ts";

export const process: Unlisted = startCommand("process", {
  details:
    "The second half of `hookwell serve`; it serves the API, the console and the health pages. `hookwell receive` " +
    "on the same queue is the other half.\n\n" +
    "Your handlers are in hookwell.config.ts; without any, events are printed. The token of the API is HOOKWELL_TOKEN, " +
    "or generated on the first start. A time without a unit is in ms. `hookwell serve --help` says more.",
  examples: [
    { line: "hookwell process --port 3001", says: "beside a `hookwell receive` on port 3000" },
    {
      line: "hookwell process --queue redis://host --ledger postgres://host/database",
      says: "one of several workers that share two servers",
    },
    { line: "hookwell process --concurrency 64", says: "more handlers at the same time" },
  ],
});

import type { Unlisted } from "../command.ts";
import { sandboxOptions } from "../sandbox/options.ts";
import { run } from "../sandbox/run.ts";

export const sandbox: Unlisted = {
  details:
    "Emulates the Enterprise Communications API as far as it is known: webhooks and messages, the lives of messages, " +
    "signed deliveries, retries and the dead queue. No account, no network, no SMS: it posts to nothing but the URLs " +
    "that you register with it.\n\n" +
    "Each attempt to deliver is a line. GET /sandbox/deliveries and /sandbox/dead tell more; PUT /sandbox/faults and " +
    "/sandbox/limits make trouble while it runs.",
  options: sandboxOptions,
  examples: [
    { line: "hookwell sandbox", says: "on http://127.0.0.1:4010, with everything in memory" },
    { line: "hookwell sandbox --scenario outage --time-scale 60", says: "an outage every 15 seconds" },
    { line: "hookwell sandbox --duplicate 10% --reorder 10% --cut 5%", says: "a bad network" },
    { line: "hookwell sandbox --region r2 --rate-limit 60", says: "what a client has to live with" },
    { line: "hookwell sandbox --json | jq .status", says: "one JSON line per attempt, for programs" },
  ],
  run,
};

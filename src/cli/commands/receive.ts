import type { Unlisted } from "../command.ts";
import { startCommand } from "../start-command.ts";

export const receive: Unlisted = startCommand("receive", {
  details:
    "The first half of `hookwell serve`; it serves the webhook path and the health pages. `hookwell process` on the " +
    "same queue is the other half.\n\n" +
    "The secret of your webhook is HOOKWELL_SECRET; without any, one is generated on the first start. A size without a " +
    "unit is in bytes. `hookwell serve --help` says more.",
  examples: [
    { line: "hookwell receive --host 0.0.0.0 --port 8080", says: "behind a proxy that terminates TLS" },
    { line: "hookwell receive --path /hooks", says: "on another path" },
    {
      line: "hookwell receive --queue 'redis://host:6379?name=orders'",
      says: "the queue is on a server; put a URL with a password into HOOKWELL_QUEUE",
    },
  ],
});

import type { Unlisted } from "../command.ts";
import { startCommand } from "../start-command.ts";

export const serve: Unlisted = startCommand("serve", {
  details:
    "Settings come from hookwell.config.ts (or .mts, .js, .mjs, .json), the environment and these flags; a flag wins " +
    "over the environment, which wins over the file. A time without a unit is in ms, a size in bytes.\n\n" +
    "The secret of your webhook is HOOKWELL_SECRET; HOOKWELL_SECRET_<NAME> adds more active ones. Without any, " +
    "one is generated on the first start. The token of the API is HOOKWELL_TOKEN, or generated likewise. With _FILE " +
    "appended to their names, these variables, HOOKWELL_QUEUE and HOOKWELL_LEDGER name a file that holds the value.\n\n" +
    "SIGTERM and SIGINT let requests in flight finish; a second one ends at once. SIGHUP reads certificate, key and " +
    "secrets again.",
  examples: [
    { line: "hookwell serve", says: "on http://127.0.0.1:3000/, with all data in the folder .hookwell" },
    { line: "PORT=8080 HOST=0.0.0.0 hookwell serve", says: "as platforms such as Heroku expect it" },
    { line: "hookwell serve --tls-cert cert.pem --tls-key key.pem --port 443", says: "over HTTPS" },
    { line: "hookwell serve | jq .name", says: "one JSON line per event for other programs" },
  ],
});

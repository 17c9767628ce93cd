import { apiOptions } from "../client/where.ts";
import type { Command, Unlisted } from "../command.ts";
import { jsonOption, moment, oneJsonOption } from "../list-options.ts";
import { runReconcile } from "../messages/run-reconcile.ts";
import { sendMessage } from "../messages/send-message.ts";
import { showMessage } from "../messages/show-message.ts";
import { credentialsHelp, senderOptions } from "../sender/sender-options.ts";

const send: Command = {
  name: "send",
  summary: "Send a message through the sender's API.",
  options: [
    {
      flags: "--to <recipient>",
      says: "A phone number (447700900123), a mail address, or a name and a value such as profileId=anna.",
      group: "Message:",
    },
    {
      flags: "--channel <channel>",
      says: "Channel such as sms; give several in the order in which to try them.",
      repeats: true,
      otherwise: "sms",
      group: "Message:",
    },
    { flags: "--body <text>", says: "The text.", group: "Message:" },
    {
      flags: "--metadata <key=value>",
      says: "Comes back in each event of the message; may be given several times.",
      repeats: true,
      group: "Message:",
    },
    {
      flags: "--file <file>",
      says: "The message as the API takes it, a JSON object, in place of the others; - is standard input.",
      group: "Message:",
    },
    oneJsonOption,
    ...senderOptions,
  ],
  examples: [
    { line: "hookwell messages send --to 447700900123 --body 'Your order is on its way.'", says: "an SMS" },
    { line: "hookwell messages send --file message.json", says: "with all that the API knows" },
  ],
  run: sendMessage,
};

const show: Command = {
  name: "show",
  summary: "Show what the sender says of a message.",
  arguments: [{ form: "<id>", says: "The sender's id of the message: `payload.id` in its events." }],
  options: [oneJsonOption, ...senderOptions],
  examples: [
    {
      line: "hookwell messages show 7b1d9e04-3f3c-4c1c-9a52-0d5f6a1c2b33",
      says: "its status, and since when",
    },
  ],
  run: showMessage,
};

const reconcile: Command = {
  name: "reconcile",
  summary: "Find statuses of which no event arrived.",
  details:
    "Asks the sender's API for each message that the ledger knows without a final status (delivered, read, expired, failed), " +
    "and compares the counts of each hour. --apply queues what was missed as synthetic events, marked as such; doing it twice " +
    "changes nothing. Exit code 1: something was missed and not queued.\n\n" +
    "A message of which no event arrived at all is only counted, since the API lists no messages. A missed inbound message can " +
    "be pulled only per profile: GET /profiles/{profileId}/messages.",
  options: [
    {
      flags: "--since <time>",
      says: "Messages with events received since then, from the beginning of that hour: a time with its zone, a date, or a span back from now such as 24h or 7d.",
      parse: moment,
      otherwise: "24h",
    },
    { flags: "--apply", says: "Queue what was missed." },
    jsonOption,
    ...senderOptions,
    ...apiOptions,
  ],
  examples: [
    { line: "hookwell messages reconcile --since 48h", says: "after an outage: what was missed?" },
    { line: "hookwell messages reconcile --since 48h --apply", says: "let the handlers have it" },
  ],
  run: runReconcile,
};

export const messages: Unlisted = {
  details: credentialsHelp,
  commands: [send, show, reconcile],
};

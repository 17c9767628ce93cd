import { oneOf, type Parser, wholeNumber } from "../../config/parsers.ts";
import { folderOptions } from "../client/where.ts";
import { lives } from "../../sandbox/lives/lives.ts";
import { run } from "../send/run.ts";
import { share } from "../share.ts";
import type { Unlisted } from "../command.ts";

const perSecond: Parser<number> = (raw) => {
  const [, figure = ""] = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(String(raw)) ?? [];
  return Number(figure) > 0
    ? { value: Number(figure) }
    : { expected: "events per second, such as 100 or 100/s" };
};

export const send: Unlisted = {
  details:
    "Without a name, it sends whole lives of messages: message.sent, message.delivered, message.read. Without --url and " +
    "--secret, they go to the Hookwell of this folder.",
  options: [
    {
      flags: "--url <url>",
      says: "Where to post.",
      otherwise: "the Hookwell of this folder",
      group: "Where:",
    },
    {
      flags: "--secret <secret>",
      says: "What to sign with.",
      env: "HOOKWELL_SECRET",
      otherwise: "that of this folder",
      group: "Where:",
    },
    ...folderOptions,
    {
      flags: "--life <kind>",
      says: `Whole lives of one kind: ${Object.keys(lives).join(", ")}.`,
      parse: oneOf(Object.keys(lives)),
      otherwise: "message",
      group: "What:",
    },
    {
      flags: "--set <path=value>",
      says: `Set a field of each event, such as payload.details.channel=sms. A value that is JSON is taken as such: '"5"' is the text, 5 the number.`,
      repeats: true,
      group: "What:",
    },
    {
      flags: "--count <n>",
      says: "How many events; with --file, how many times.",
      parse: wholeNumber(1, 1_000_000_000),
      otherwise: "one of each",
      group: "What:",
    },
    {
      flags: "--batch <n>",
      says: "Events per request, 1 to 500.",
      parse: wholeNumber(1, 500),
      otherwise: "1",
      group: "What:",
    },
    {
      flags: "--file <file>",
      says: "Post the bytes of this file as they are; - is standard input.",
      group: "What:",
    },
    {
      flags: "--seed <n>",
      says: "The same seed gives the same events again.",
      parse: wholeNumber(0, 4_294_967_295),
      group: "What:",
    },
    { flags: "--shuffle", says: "In a random order.", group: "Trouble:" },
    {
      flags: "--duplicate <share>",
      says: "Send this share of the events twice: 0.1 or 10%.",
      parse: share,
      group: "Trouble:",
    },
    {
      flags: "--tamper",
      says: "Change the bytes after signing; the expected answer is then 401.",
      group: "Trouble:",
    },
    {
      flags: "--rate <n/s>",
      says: "Events per second.",
      parse: perSecond,
      otherwise: "as fast as possible",
      group: "How fast:",
    },
    {
      flags: "--concurrency <n>",
      says: "Requests at the same time.",
      parse: wholeNumber(1, 1_000),
      otherwise: "1 up to 100 events, then 8",
      group: "How fast:",
    },
    { flags: "--json", says: "The summary as one JSON object, for programs." },
  ],
  examples: [
    { line: "hookwell send", says: "sent, delivered and read of one message" },
    {
      line: "hookwell send message.failed --url https://hooks.example.com/ --secret $SECRET",
      says: "one event to another server",
    },
    {
      line: "hookwell send message.sent --set payload.details.channel=rcs --set revision=7",
      says: "with some fields of your own",
    },
    { line: "hookwell send --life conversation", says: "everything that can happen to one" },
    {
      line: "hookwell send --count 30000 --batch 100 --shuffle --duplicate 10%",
      says: "as bad as the network can be",
    },
    { line: "hookwell send --file body.json", says: "exactly these bytes, signed" },
    { line: "hookwell send --tamper", says: "is a forged request refused?" },
  ],
  run,
};

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Parser, wholeNumber } from "../../config/parsers.ts";
import { didYouMean } from "../../lib/nearest.ts";
import { sampleNames } from "../../sandbox/samples.ts";
import { seededRandom } from "../../testing/random.ts";
import { apiOptions } from "../api-client.ts";
import type { Command, ExitCode, Input } from "../command.ts";
import { CommandError, UsageError } from "../failure.ts";
import { paletteFor } from "../palette.ts";
import { printable } from "../printable.ts";
import { eventStream, expandNames } from "../send/event-stream.ts";
import { createPoster } from "../send/post.ts";
import { showProgress } from "../send/progress.ts";
import { repeated, requestsOf, type SendRequest, tampered } from "../send/requests.ts";
import { sendAll } from "../send/send-all.ts";
import { summaryView } from "../send/summary-view.ts";
import { Tally } from "../send/tally.ts";
import { targetOf } from "../send/target.ts";
import { interruption } from "../signals.ts";
import { unreachable } from "../unreachable.ts";
import { version } from "../version.ts";

const share: Parser<number> = (raw) => {
  const [, figure = "", percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(String(raw)) ?? [];
  const value = Number(figure) / (percent === "%" ? 100 : 1);
  return figure !== "" && value <= 1 ? { value } : { expected: "a share such as 0.1 or 10%" };
};

const perSecond: Parser<number> = (raw) => {
  const [, figure = ""] = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(String(raw)) ?? [];
  return Number(figure) > 0
    ? { value: Number(figure) }
    : { expected: "events per second, such as 100 or 100/s" };
};

export const send: Command = {
  name: "send",
  summary: "Sign and post sample events, or a file, as the sender does.",
  details:
    "Without a name, whole lives of messages are sent: message.sent, message.delivered, message.read. Without --url and " +
    "--secret, they go to the Hookwell of this folder.",
  arguments: [{ form: "[names...]", says: "Event names, or beginnings such as message.* or just *" }],
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
    ...apiOptions.filter(({ flags }) => !flags.startsWith("--server")),
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
      says: "Change the bytes after they are signed; 401 is then what is expected.",
      group: "Trouble:",
    },
    {
      flags: "--rate <n/s>",
      says: "Events per second.",
      parse: perSecond,
      otherwise: "as fast as it goes",
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
      line: "hookwell send --count 30000 --batch 100 --shuffle --duplicate 10%",
      says: "as bad as the network can be",
    },
    { line: "hookwell send --file body.json", says: "exactly these bytes, signed" },
    { line: "hookwell send --tamper", says: "is a forged request refused?" },
  ],
  run,
};

async function run(input: Input): Promise<ExitCode> {
  const { options, io } = input;
  checkUse(input);
  const target = await targetOf(input);
  const { requests, total } = await requestsFor(input, target.secret);
  // A few events are sent in order, so that a person sees what they expect.
  const concurrency = options.number("concurrency") ?? (total !== undefined && total > 100 ? 8 : 1);
  const poster = createPoster({ ...target, connections: concurrency, userAgent: `hookwell/${version}` });
  const tally = new Tally(performance.now());
  const tamper = options.has("tamper");
  using interrupted = interruption(io.signals);
  try {
    using _progress = showProgress(tally, total, io);
    const rate = options.number("rate");
    await sendAll(tamper ? tampered(requests) : requests, {
      poster,
      tally,
      concurrency,
      rate,
      signal: interrupted.signal,
    });
  } catch (error) {
    throw unreachable(target.url.href, error);
  } finally {
    poster.close();
  }
  const summary = tally.summary(performance.now());
  const text = options.has("json")
    ? `${JSON.stringify(summary)}\n`
    : summaryView(tally, summary, tamper ? "refused" : "accepted", io);
  io.stdout.write(text);
  if (interrupted.signal.aborted) return interrupted.code();
  return (tamper ? tally.allAre(401) : tally.failures === 0) ? 0 : 1;
}

function checkUse({ args, options, io }: Input): void {
  if (options.text("file") !== undefined && args.length > 0) {
    throw new UsageError(
      "Event names and --file are two ways to say what to send: choose one.",
      "hookwell send",
    );
  }
  for (const name of args) {
    const isPattern = name.endsWith("*");
    if (isPattern && expandNames([name]).length === 0) {
      throw new UsageError(
        `No known event begins with ${name.slice(0, -1)}.${didYouMean(name, sampleNames)}`,
        "hookwell send",
      );
    }
    if (isPattern || sampleNames.includes(name)) continue;
    const { warn } = paletteFor(io.stderr, io.env);
    const note = `${printable(name)} is not a known event; it is sent with a plain payload.`;
    io.stderr.write(`${warn("!")} ${note}${didYouMean(name, sampleNames)}\n`);
  }
}

interface Planned {
  readonly requests: Iterable<SendRequest>;
  /** Events in all of them, about; repeats come on top. */
  readonly total: number | undefined;
}

async function requestsFor({ args, options, io }: Input, secret: string): Promise<Planned> {
  const file = options.text("file");
  const seed = options.number("seed");
  const count = options.number("count") ?? (file === undefined ? expandNames(args).length || 3 : 1);
  if (file !== undefined)
    return { requests: repeated(await readBody(file, io), secret, count), total: undefined };
  const duplicate = options.number("duplicate") ?? 0;
  const events = eventStream({
    names: args,
    count,
    shuffle: options.has("shuffle"),
    duplicate,
    random: seed === undefined ? io.random : seededRandom(seed),
    now: io.now,
  });
  return {
    requests: requestsOf(events, options.number("batch") ?? 1, secret),
    total: Math.round(count * (1 + duplicate)),
  };
}

async function readBody(file: string, io: Input["io"]): Promise<Uint8Array> {
  try {
    if (file !== "-") return await readFile(resolve(io.cwd, file));
    const chunks: Uint8Array[] = [];
    for await (const chunk of io.stdin) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (cause) {
    throw new CommandError(`${file} cannot be read: name a file that is there and that you may read.`, {
      cause,
    });
  }
}

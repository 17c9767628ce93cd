import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { didYouMean } from "../../lib/nearest.ts";
import { withoutLogin } from "../../lib/without-login.ts";
import type { LifeKind } from "../../sandbox/lives/lives.ts";
import { sampleNames } from "../../sandbox/samples.ts";
import { seededRandom } from "../../lib/random.ts";
import type { ExitCode, Input, Options } from "../command.ts";
import { UsageError } from "../failure.ts";
import { printable } from "../../lib/printable.ts";
import { readInput } from "../read-input.ts";
import { interruption } from "../signals.ts";
import { unreachable } from "../client/unreachable.ts";
import { version } from "../version.ts";
import { eventsInLife, eventStream, expandNames } from "./event-stream.ts";
import { overridesOf } from "./overrides.ts";
import { createPoster } from "./post.ts";
import { showProgress } from "./progress.ts";
import { repeated, requestOf, requestsOf, type SendRequest, tampered } from "./requests.ts";
import { sendAll } from "./send-all.ts";
import { summaryView } from "./summary-view.ts";
import { Tally } from "./tally.ts";
import { targetOf } from "./target.ts";
import { markedLine } from "../view/marked-line.ts";
import { jsonLine } from "../view/json-line.ts";

/** Said if no address was named: then the one of the settings was tried, since no running server has noted another. */
const elsewhere = "Name the data folder of a running Hookwell with --data, or any other address with --url.";

/** What `hookwell send` does. */
export async function run(input: Input): Promise<ExitCode> {
  const { options, io } = input;
  checkUse(input);
  const target = await targetOf(input);
  const { requests, total } = await requestsFor(input, target.secret);
  // A few events are sent in order, so that a person sees what they expect.
  const concurrency = options.number("concurrency") ?? (total > 100 ? 8 : 1);
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
    throw unreachable(
      withoutLogin(target.url.href),
      error,
      options.text("url") === undefined ? elsewhere : undefined,
    );
  } finally {
    poster.close();
  }
  const summary = tally.summary(performance.now());
  const text = options.has("json")
    ? jsonLine(summary)
    : summaryView(tally, summary, tamper ? "refused" : "accepted", io);
  io.stdout.write(text);
  if (interrupted.signal.aborted) return interrupted.code();
  return (tamper ? tally.allAre(401) : tally.failures === 0) ? 0 : 1;
}

/** Options that say what sample events are like. */
const ofSamples = ["life", "set", "batch", "seed", "shuffle", "duplicate"];

function checkUse({ args, options, io }: Input): void {
  overridesOf(options.texts("set"));
  if (options.text("file") !== undefined) {
    if (args.length > 0)
      throw new UsageError("Event names and --file exclude each other: choose one.", "hookwell send");
    const idle = ofSamples.filter((name) => isGiven(name, options));
    if (idle.length > 0) {
      const flags = idle.map((name) => `--${name}`).join(" and ");
      throw new UsageError(`--file posts bytes as they are: leave out ${flags}.`, "hookwell send");
    }
  }
  if (args.length > 0 && options.text("life") !== undefined)
    throw new UsageError("Event names and --life exclude each other: choose one.", "hookwell send");
  for (const name of args) {
    if (name.includes("://")) {
      const address = withoutLogin(name);
      throw new UsageError(`${address} is an address: write --url ${address}.`, "hookwell send");
    }
    const isPattern = name.endsWith("*");
    if (isPattern && expandNames([name]).length === 0) {
      throw new UsageError(
        `"${name}" matches no known event.${didYouMean(name, sampleNames)}`,
        "hookwell send",
      );
    }
    if (isPattern || sampleNames.includes(name)) continue;
    const path = resolve(io.cwd, name);
    if (existsSync(path) && statSync(path).isFile()) {
      throw new UsageError(`${name} is a file: write --file ${name}.`, "hookwell send");
    }
    const { warn } = io.stderr.palette;
    const note = `${printable(name)} is not a known event; it is sent with a plain payload.${didYouMean(name, sampleNames)}`;
    io.stderr.write(markedLine(warn("!"), note, io.stderr));
  }
}

const isGiven = (name: string, options: Options): boolean =>
  options.has(name) ||
  (options.number(name) ?? options.text(name)) !== undefined ||
  options.texts(name).length > 0;

interface Planned {
  readonly requests: Iterable<SendRequest>;
  /** How many events are in all of them, about. */
  readonly total: number;
}

async function requestsFor({ args, options, io }: Input, secret: string): Promise<Planned> {
  const file = options.text("file");
  const seed = options.number("seed");
  if (file !== undefined) {
    const count = options.number("count") ?? 1;
    const request = requestOf(await readInput(file, io), secret);
    return { requests: repeated(request, count), total: count * request.events };
  }
  const duplicate = options.number("duplicate") ?? 0;
  const life = (options.text("life") ?? "message") as LifeKind;
  const count = options.number("count") ?? (expandNames(args).length || eventsInLife(life));
  const events = eventStream({
    names: args,
    life,
    set: overridesOf(options.texts("set")),
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

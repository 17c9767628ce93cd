import type { SenderClient, Webhook } from "../../client/index.ts";
import { duration } from "../../config/parsers.ts";
import { retireSecret } from "../../config/secrets/secrets.ts";
import type { Secret } from "../../event/signature.ts";
import { span } from "../../lib/times.ts";
import { serverFinder } from "../client/open-client.ts";
import { apiOptions, readConfig } from "../client/where.ts";
import type { Command, ExitCode, Input } from "../command.ts";
import { UsageError } from "../failure.ts";
import { oneJsonOption } from "../list-options.ts";
import { openSenderClient } from "../sender/open-sender-client.ts";
import { senderOptions } from "../sender/sender-options.ts";
import { interruption } from "../signals.ts";
import { jsonLine } from "../view/json-line.ts";
import { markedLine } from "../view/marked-line.ts";
import { ownSecret, ownSecrets, storeNewSecret, untilNoticed } from "./own-secret.ts";
import { watchRotation } from "./rotation-watch.ts";
import { commandLine, flagWords, unfinishedError, unfinishedText } from "./unfinished.ts";

/**
 * A retry may be signed with the secret of the first attempt or with the new one: nothing says which. The sender retries
 * for 24 h 4 m 10 s at most, so after this nothing can come that is signed with the old one.
 */
const usualQuietMs = 87_000_000;

export const rotateSecret: Command = {
  name: "rotate-secret",
  summary: "Replace the secret of a registration without refusing a single delivery.",
  details:
    "Stores a new secret beside the old one, waits until running servers accept both, registers the new one, watches the counters until the old one is not used any more, and retires it. Each step is taken only if it is still to be taken, so the same command goes on after an interruption.\n\nWhether the sender signs a retry with the old or the new secret is not known; it retries for 24 hours. So the old one must have been quiet for longer than that, unless --quiet says otherwise.",
  arguments: [{ form: "<id>", says: "Id of the registration, from `hookwell webhooks list`." }],
  options: [
    { flags: "--to <name>", says: "Name of the new secret.", otherwise: "the date of today" },
    { flags: "--retire <name>", says: "The old secret.", otherwise: "the one that is registered" },
    {
      flags: "--quiet <span>",
      says: "How long the old secret must not have been used before it is retired.",
      parse: duration(0, 30 * 86_400_000),
      otherwise: "24h10m",
    },
    { flags: "--no-wait", says: "Stop when the new one is registered, and print the command that finishes." },
    oneJsonOption,
    ...senderOptions,
    ...apiOptions,
  ],
  examples: [
    { line: "hookwell webhooks rotate-secret 7b1d9e04-…", says: "takes a day; Ctrl-C, and go on later" },
  ],
  run: rotate,
};

const path = "hookwell webhooks rotate-secret";

/** What one call works with. */
interface Task {
  readonly webhook: Webhook;
  readonly client: SenderClient;
  readonly from: string;
  readonly to: string;
  /** The new secret, if it is stored already. */
  readonly stored: Secret | undefined;
  /** The same call, to go on. */
  readonly again: readonly string[];
}

async function rotate(input: Input): Promise<ExitCode> {
  const { options, io } = input;
  const task = await taskOf(input);
  using interrupted = interruption(io.signals);
  const since = await registerNew(task, input, interrupted.signal);
  if (since === undefined) return interrupted.code();
  // Unless `--no-wait` is given.
  if (options.has("wait")) {
    const quietMs = options.number("quiet") ?? usualQuietMs;
    const aim = `Waits until "${task.to}" is used and "${task.from}" is not for ${span(quietMs)}. Ctrl-C stops that.`;
    tell(aim, "–", input);
    const rotation = { from: task.from, to: task.to, since, quietMs };
    await watchRotation(rotation, await serverFinder(options, io), io, interrupted.signal);
    if (!interrupted.signal.aborted) return retireOld(task, quietMs, input);
  }
  tell(
    `Both secrets are accepted, so nothing is refused. To finish: \`${commandLine(task.again)}\``,
    "–",
    input,
  );
  if (options.has("json")) io.stdout.write(jsonLine(resultOf(task, false)));
  return interrupted.code();
}

async function taskOf(input: Input): Promise<Task> {
  const { args, options, io } = input;
  const client = openSenderClient(options, io);
  const webhook = await client.webhooks.get(args[0] ?? "");
  const own = await ownSecrets(input);
  const named = options.text("to");
  const to = named ?? freeName(new Date(io.now()).toISOString().slice(0, 10), own);
  const from =
    options.text("retire") ??
    registeredName(
      webhook,
      own.filter(({ name }) => name !== named),
    );
  if (from === undefined) {
    throw new UsageError(
      "Which secret signs now cannot be told: name it with --retire; `hookwell secret list` shows all.",
      path,
    );
  }
  if (from === to) throw new UsageError(`--to and --retire are both "${to}": name two secrets.`, path);
  await ownSecret(from, input);
  const flags = {
    "--to": to,
    "--retire": from,
    "--quiet": options.number("quiet"),
    "--api": options.text("api"),
    "--server": options.text("server"),
    "--data": options.text("data"),
    "--config": options.text("config"),
  };
  const again = [...path.split(" "), webhook.id, ...flagWords(flags)];
  return { webhook, client, from, to, stored: own.find(({ name }) => name === to), again };
}

/** The one of ours that is registered; if the service does not show it, the only one that we have. */
function registeredName({ secret }: Webhook, own: readonly Secret[]): string | undefined {
  if (secret !== undefined) return own.find(({ value }) => value === secret)?.name;
  return own.length === 1 ? own[0]?.name : undefined;
}

function freeName(wanted: string, own: readonly Secret[]): string {
  const isFree = (name: string): boolean => own.every((secret) => secret.name !== name);
  for (let at = 1; ; at += 1) {
    const name = at === 1 ? wanted : `${wanted}-${at}`;
    if (isFree(name)) return name;
  }
}

/**
 * Gives the sender the new secret when all running servers accept it.
 *
 * @returns since when the sender has it, in ms since 1970; undefined if a person ended it before
 */
async function registerNew(task: Task, input: Input, signal: AbortSignal): Promise<number | undefined> {
  const { io } = input;
  const { webhook, client, to, from, again } = task;
  const secret = task.stored ?? (await storeNewSecret(to, input));
  if (webhook.secret === secret.value)
    return Math.min(Date.parse(webhook.updatedOn ?? "") || io.now(), io.now());
  const unfinished = { secret: to, finish: again };
  try {
    await untilNoticed(to, input, signal);
    if (signal.aborted) {
      tell(unfinishedText(unfinished), "!", input);
      return undefined;
    }
    tell(`"${to}" is stored, and accepted beside "${from}".`, "✓", input);
    // Before the answer, since the first delivery that is signed with it may be faster.
    const since = io.now();
    await client.webhooks.update(
      webhook.id,
      { secret: secret.value },
      { ifMatch: webhook.etag ?? undefined },
    );
    tell(`"${to}" is registered.`, "✓", input);
    return since;
  } catch (error) {
    throw unfinishedError(error, unfinished);
  }
}

async function retireOld(task: Task, quietMs: number, input: Input): Promise<ExitCode> {
  const { options, io } = input;
  const { from, to } = task;
  const { data, secrets } = await readConfig(options, io);
  const written = secrets.find(({ name }) => name === from)?.writtenAs;
  tell(`"${to}" is used, and "${from}" was not for ${span(quietMs)}.`, "✓", input);
  if (written === undefined) await retireSecret(data, from);
  if (written === undefined) tell(`"${from}" is retired.`, "✓", input);
  else tell(`${written} sets "${from}": remove it there, and the rotation is over.`, "!", input);
  if (options.has("json")) io.stdout.write(jsonLine(resultOf(task, written === undefined)));
  return 0;
}

const resultOf = ({ webhook, from, to, again }: Task, isRetired: boolean): object => ({
  id: webhook.id,
  registered: to,
  retired: isRetired ? from : null,
  finish: isRetired ? null : commandLine(again),
});

function tell(text: string, mark: "✓" | "!" | "–", { io: { stderr } }: Input): void {
  const { good, warn, dim } = stderr.palette;
  const paint = { "✓": good, "!": warn, "–": dim }[mark];
  stderr.write(markedLine(paint(mark), text, stderr));
}

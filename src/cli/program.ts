import { Command as Parser, CommanderError, Option as ParserOption } from "commander";
import { withoutLogin } from "../lib/without-login.ts";
import type { Command, ExitCode, Option } from "./command.ts";
import { Options } from "./command.ts";
import { UsageError } from "./failure.ts";
import { spellHelpRequest } from "./help-request.ts";
import { applyStyle } from "./help-style.ts";
import type { Io } from "./io.ts";

/** What a command line asks for: a command to run, or nothing more if help or the version was printed. */
export type Call =
  | { readonly kind: "run"; readonly run: (io: Io) => Promise<ExitCode> }
  | { readonly kind: "done"; readonly code: ExitCode };

/**
 * Finds the command that is meant.
 *
 * @param argv without the program itself
 * @throws {UsageError} one sentence, with a suggestion where a name was nearly right
 */
export function parseCommandLine(root: Command, version: string, argv: readonly string[], io: Io): Call {
  let call: Call = { kind: "done", code: 0 };
  const parser = build(root, root.name, io, (found) => (call = found));
  parser.version(version, "-v, --version", "Print the version.");
  const words = spellHelpRequest(root, argv);
  try {
    parser.parse(words, { from: "user" });
    return call;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "done", code: 0 };
    // A group of commands without one: its help was printed.
    if (error.code === "commander.help") return { kind: "done", code: 2 };
    const addresses = words.filter((word) => word.includes("@"));
    const said = addresses.reduce(
      (text, word) => text.replaceAll(word, () => withoutLogin(word)),
      error.message,
    );
    throw new UsageError(sentence(said), pathOf(parser, words));
  }
}

function build(command: Command, path: string, io: Io, found: (call: Call) => void): Parser {
  const parser = new Parser(command.name)
    .summary(command.summary)
    .description([command.summary, command.details].filter((text) => text !== undefined).join("\n\n"))
    .helpOption("-h, --help", "Print this help.")
    .enablePositionalOptions()
    .allowExcessArguments(false)
    .exitOverride();
  applyStyle(parser, command, io);
  for (const { form, says } of command.arguments ?? []) parser.argument(form, says);
  for (const option of command.options ?? []) parser.addOption(toOption(option));
  for (const inner of command.commands ?? []) {
    parser.addCommand(build(inner, `${path} ${inner.name}`, io, found));
  }
  if (command.commands !== undefined) parser.helpCommand("help [command]", "Print help for a command.");

  const { run } = command;
  if (run === undefined) return parser;
  return parser.action(() => {
    const options = parseOptions(command.options ?? [], parser.opts(), path);
    const input = { args: parser.args, options };
    found({ kind: "run", run: (io) => run({ ...input, io }) });
  });
}

function toOption(option: Option): ParserOption {
  const made = new ParserOption(option.flags, option.says);
  if (option.repeats === true) {
    made.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  }
  if (option.group !== undefined) made.helpGroup(option.group);
  return made.hideHelp(option.hidden === true);
}

function parseOptions(
  specs: readonly Option[],
  raw: Readonly<Record<string, unknown>>,
  path: string,
): Options {
  const values = new Map<string, unknown>();
  const problems: string[] = [];
  for (const spec of specs) {
    const option = new ParserOption(spec.flags);
    const name = option.attributeName();
    const given = raw[name];
    if (given === undefined) continue;
    const result = spec.parse === undefined ? { value: given } : spec.parse(given);
    if ("value" in result) values.set(name, result.value);
    else problems.push(`${option.long ?? name} is ${shown(given)}: write ${result.expected}.`);
  }
  if (problems.length > 0) throw new UsageError(problems.join(" "), path);
  return new Options(values);
}

const shown = (given: unknown): string =>
  JSON.stringify(typeof given === "string" ? withoutLogin(given) : given);

/** `error: unknown option '--prot'\n(Did you mean --port?)` as a sentence. */
function sentence(message: string): string {
  const [first = "", suggestion] = message.replace(/^error: /, "").split("\n");
  const said = `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, "")}.`;
  // Commands that only look take the engines from the environment, for a URL may have a password.
  const engine = /^unknown option '--(queue|ledger)\b/.exec(first)?.[1];
  if (engine !== undefined) return `${said} Set HOOKWELL_${engine.toUpperCase()} for this command.`;
  return suggestion === undefined ? said : `${said} ${suggestion.replaceAll(/^\(|\)$/g, "")}`;
}

/** The command that the first words name, such as `hookwell secret add`. */
function pathOf(root: Parser, argv: readonly string[]): string {
  const words = [root.name()];
  let at: Parser = root;
  for (const word of argv) {
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) break;
    words.push(word);
    at = next;
  }
  return words.join(" ");
}

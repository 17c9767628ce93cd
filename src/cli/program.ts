import { Command as Parser, CommanderError, Help, Option as ParserOption } from "commander";
import { withoutLogin } from "../lib/without-login.ts";
import type { Command, ExitCode, Option } from "./command.ts";
import { Options } from "./command.ts";
import { UsageError } from "./failure.ts";
import { spellHelpRequest } from "./help-request.ts";
import type { Io } from "./io.ts";
import { hasColours } from "./palette.ts";
import { widthOf } from "./width.ts";
import { wrap } from "./wrap.ts";

/** With less room than this beside a term, in columns, its explanation stands below. */
const leastBeside = 28;

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
  const examples = exampleText(command, io);
  if (examples !== "") parser.addHelpText("after", examples);

  const { run } = command;
  if (run === undefined) return parser;
  return parser.action(() => {
    const options = parseOptions(command.options ?? [], parser.opts(), path);
    const input = { args: parser.args, options };
    found({ kind: "run", run: (io) => run({ ...input, io }) });
  });
}

function applyStyle(parser: Parser, command: Command, io: Io): void {
  const { palette } = io.stdout;
  const width = Math.min(io.stdout.isTTY ? io.stdout.columns : 80, 100);
  parser.configureOutput({
    writeOut: (text) => void io.stdout.write(text),
    writeErr: (text) => void io.stderr.write(text),
    // The sentence is printed by whoever catches the error.
    outputError: () => undefined,
    getOutHelpWidth: () => width,
    getErrHelpWidth: () => width,
    getOutHasColors: () => hasColours(io.stdout.isTTY, io.env),
    getErrHasColors: () => hasColours(io.stderr.isTTY, io.env),
  });
  parser.configureHelp({
    displayWidth: widthOf,
    minWidthToWrap: 1,
    formatItem: (term, termWidth, says, helper) => {
      const isBeside = width - termWidth - 4 >= leastBeside;
      if (isBeside) return Help.prototype.formatItem.call(helper, term, termWidth, says, helper);
      return `  ${term}\n${helper.boxWrap(says, width - 6).replaceAll(/^/gm, " ".repeat(6))}`;
    },
    styleTitle: palette.bold,
    styleCommandText: palette.name,
    styleSubcommandText: palette.name,
    styleOptionText: palette.name,
    styleArgumentText: palette.name,
    subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentForm)].join(" "),
    optionDescription: (option) => {
      const { env, otherwise } = command.options?.find(({ flags }) => flags === option.flags) ?? {};
      const notes = [env, otherwise && `default ${otherwise}`]
        .filter((note) => note !== undefined)
        .join(", ");
      return notes === "" ? option.description : `${option.description} ${palette.dim(`(${notes})`)}`;
    },
  });
}

function argumentForm(argument: {
  name(): string;
  readonly required: boolean;
  readonly variadic: boolean;
}): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
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

function exampleText({ examples = [] }: Command, { stdout }: Io): string {
  if (examples.length === 0) return "";
  const { bold, name, dim } = stdout.palette;
  const lines = examples.map(({ line, says }) => {
    const comment = wrap(`# ${says}`, stdout, "  # ", 2);
    return `  ${dim(comment)}\n  ${name(line)}`;
  });
  return `\n${bold("Examples:")}\n${lines.join("\n\n")}`;
}

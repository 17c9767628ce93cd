import { type Command as Parser, Help } from "commander";
import type { Command } from "./command.ts";
import type { Io } from "./io.ts";
import { hasColours } from "./view/palette.ts";
import { widthOf } from "./view/width.ts";
import { wrap } from "./view/wrap.ts";

/** With less room than this beside a term, in columns, its explanation stands below. */
const leastBeside = 28;

/** How the help of a command looks, and where it goes. */
export function applyStyle(parser: Parser, command: Command, io: Io): void {
  const { palette } = io.stdout;
  const examples = exampleText(command, io);
  if (examples !== "") parser.addHelpText("after", examples);
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

function exampleText({ examples = [] }: Command, { stdout }: Io): string {
  if (examples.length === 0) return "";
  const { bold, name, dim } = stdout.palette;
  const lines = examples.map(({ line, says }) => {
    const comment = wrap(`# ${says}`, stdout, "  # ", 2);
    return `  ${dim(comment)}\n  ${name(line)}`;
  });
  return `\n${bold("Examples:")}\n${lines.join("\n\n")}`;
}

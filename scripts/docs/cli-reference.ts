import { commands, whole } from "../../src/cli/commands.ts";
import type { Command, Option } from "../../src/cli/command.ts";
import { code, prose, table } from "./marked.ts";

/** Every command with its arguments, options and examples, from the data that its help is made of. */
export async function cliReference(): Promise<string> {
  const all = await Promise.all(commands.map(whole));
  return all.flatMap((command) => sections(command, "hookwell", 2)).join("\n\n");
}

function sections(command: Command, path: string, depth: number): readonly string[] {
  const full = `${path} ${command.name}`;
  return [
    `${"#".repeat(depth)} ${code(full)}`,
    prose(command.summary),
    ...(command.details === undefined ? [] : [prose(command.details)]),
    ...examplesOf(command),
    ...argumentsOf(command),
    ...optionsOf(command),
    ...(command.commands ?? []).flatMap((inner) => sections(inner, full, depth + 1)),
  ];
}

function examplesOf({ examples = [] }: Command): readonly string[] {
  if (examples.length === 0) return [];
  const lines = examples.map(({ line, says }) => `# ${says}\n${line}`);
  return [`\`\`\`sh\n${lines.join("\n\n")}\n\`\`\``];
}

function argumentsOf(command: Command): readonly string[] {
  const rows = (command.arguments ?? []).map(({ form, says }) => [code(form), prose(says)]);
  return rows.length === 0 ? [] : [table(["Argument", ""], rows)];
}

function optionsOf({ options = [] }: Command): readonly string[] {
  const rows = options
    .filter(({ hidden }) => hidden !== true)
    .map((option) => [code(option.flags), saysOf(option)]);
  return rows.length === 0 ? [] : [table(["Option", ""], rows)];
}

function saysOf({ says, otherwise, repeats }: Option): string {
  const default_ = otherwise === undefined ? "" : ` Default: ${otherwise}.`;
  return prose(`${says}${default_}${repeats === true ? " May be given several times." : ""}`);
}

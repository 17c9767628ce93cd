import type { Command } from "./command.ts";

/**
 * Writes `help secret add` as `secret add --help`. If there is no such command, the request for help is left out: else
 * it would be answered with the help of the group, and nobody would learn of the mistake.
 *
 * @param argv without the program itself
 */
export function spellHelpRequest(root: Command, argv: readonly string[]): readonly string[] {
  const path: string[] = [];
  let asked = false;
  let at = root;
  for (const word of argv) {
    if (at.commands === undefined || word.startsWith("-")) break;
    if (word === "help") {
      asked = true;
      continue;
    }
    path.push(word);
    const next = at.commands.find(({ name }) => name === word);
    if (next === undefined) return path;
    at = next;
  }
  return asked ? [...path, "--help"] : argv;
}

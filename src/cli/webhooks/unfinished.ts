import { SenderUnavailableError } from "../../client/index.ts";
import { HookwellError } from "../../errors.ts";
import { CommandError } from "../failure.ts";
import { shellWord } from "../view/shell-word.ts";

/** Words as a shell takes them. */
export const commandLine = (words: readonly string[]): string => words.map(shellWord).join(" ");

/** `--name value` for each that was given. */
export const flagWords = (
  flags: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): readonly string[] =>
  Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined ? [] : [value].flat().flatMap((one) => [flag, String(one)]),
  );

/** A secret that is stored on our side and not registered at the sender. */
export interface Unfinished {
  readonly secret: string;
  /** The command that finishes it. */
  readonly finish: readonly string[];
}

/** What is left, and what to do about it. */
export function unfinishedText({ secret, finish }: Unfinished): string {
  return (
    `The secret "${secret}" is stored here and not registered. ` +
    `To finish: \`${commandLine(finish)}\`; to undo: \`hookwell secret retire ${secret}\`.`
  );
}

/** The error that ended it, with what is left. */
export function unfinishedError(error: unknown, unfinished: Unfinished): unknown {
  if (!(error instanceof HookwellError)) return error;
  const isUnknown = error instanceof SenderUnavailableError && error.mayBeDone;
  const left = isUnknown ? unknownText(unfinished) : unfinishedText(unfinished);
  return new CommandError(`${error.message} ${left}`, { cause: error });
}

/** Without a way to undo it: to retire a secret that is registered would refuse every delivery. */
const unknownText = ({ secret, finish }: Unfinished): string =>
  `The secret "${secret}" is stored here and may be registered: keep it. ` +
  `If \`hookwell webhooks list\` shows no change: \`${commandLine(finish)}\`.`;

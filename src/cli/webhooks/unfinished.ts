import { SenderUnavailableError } from "../../client/index.ts";
import { HookwellError } from "../../errors.ts";
import { isError } from "../../lib/is-error.ts";
import { CommandError } from "../failure.ts";

/** Words as a shell takes them. */
export const commandLine = (words: readonly string[]): string =>
  words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(" ");

/** A secret that is stored on our side and not registered at the sender. */
export interface Unfinished {
  readonly secret: string;
  /** The command that finishes it. */
  readonly finish: readonly string[];
}

/** What is left and what to do about it, in two sentences. */
export function unfinishedText({ secret, finish }: Unfinished): string {
  return (
    `The secret "${secret}" is stored here and not registered. ` +
    `To finish: \`${commandLine(finish)}\`; to undo: \`hookwell secret retire ${secret}\`.`
  );
}

/** The error that ended it, with what is left. */
export function unfinishedError(error: unknown, unfinished: Unfinished): unknown {
  if (!(error instanceof HookwellError)) return error;
  const look = error instanceof SenderUnavailableError && error.mayBeDone;
  const before = look ? " Look at `hookwell webhooks list` first." : "";
  return new CommandError(`${error.message} ${unfinishedText(unfinished)}${before}`, {
    ...(isError(error) && { cause: error }),
  });
}

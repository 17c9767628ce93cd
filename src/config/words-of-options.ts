import { ConfigError, HookwellError } from "../errors.ts";
import { settingKeys, settings } from "./keys.ts";

/**
 * The same error in the words of who gave the settings to `createReceiver`: most parts know them by the names that they
 * have for the server only.
 */
export function inWordsOfOptions(error: unknown): unknown {
  if (!(error instanceof HookwellError)) return error;
  const { message, stack } = error;
  return Object.assign(error, {
    message: words(message),
    // Node has written the message into it.
    ...(stack !== undefined && { stack: words(stack) }),
    ...(error instanceof ConfigError && { problems: error.problems.map(words) }),
  });
}

const words = (text: string): string =>
  names.reduce((read, [name, option]) => read.replaceAll(name, option), text);

/** `HOOKWELL_DATA (--data) is`, `set HOOKWELL_DATA to`, `set HOOKWELL_LEDGER=postgres://…`; but no part of a path. */
const names: readonly (readonly [RegExp, string])[] = settingKeys.flatMap((key) => {
  const { env, flag } = settings[key];
  return [
    [new RegExp(`\\b${env} \\(${flag}\\)`, "g"), `${key} in the options`],
    [new RegExp(`\\bset ${env}=`, "g"), `set \`${key}\` to `],
    [new RegExp(`\\bset (the same )?${env}\\b`, "g"), `set $1\`${key}\``],
  ] as const;
});

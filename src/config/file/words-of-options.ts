import { ConfigError, HookwellError } from "../../errors.ts";
import { settingKeys, settings } from "../keys.ts";

/** The same error in the words of `createReceiver`'s options: most parts name settings as the server knows them. */
export function inWordsOfOptions(error: unknown): unknown {
  if (!(error instanceof HookwellError)) return error;
  const { message, stack } = error;
  return Object.assign(error, {
    message: words(message),
    // The stack repeats the message.
    ...(stack !== undefined && { stack: words(stack) }),
    ...(error instanceof ConfigError && { problems: error.problems.map(words) }),
  });
}

const words = (text: string): string =>
  [...namesOfSettings, inUse].reduce((read, [name, option]) => read.replaceAll(name, option), text);

/**
 * The forms in which messages name settings, and no others, since a path may hold the same letters: `HOOKWELL_DATA
 * (--data) is`, `set HOOKWELL_LEDGER=postgres://…`, `set HOOKWELL_DATA to`.
 */
const namesOfSettings: readonly (readonly [RegExp, string])[] = settingKeys.flatMap((key) => {
  const { env, flag } = settings[key];
  return [
    [new RegExp(`\\b${env} \\(${flag}\\)`, "g"), `${key} in the options`],
    [new RegExp(`\\bset ${env}=`, "g"), `set \`${key}\` to `],
    [new RegExp(`\\bset (the same )?${env}\\b`, "g"), `set $1\`${key}\``],
  ] as const;
});

/** A server opens its files once; code of one's own may have opened another receiver. */
const inUse = [
  /\bin use by another Hookwell process\b/g,
  "in use by another Hookwell process, or by another receiver of this one",
] as const;

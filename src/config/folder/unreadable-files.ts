import { type EngineUrl, isServer, parseEngineUrl, unreadableFile } from "../../lib/engines/engine-url.ts";
import { type Part, settingOf } from "../../lib/engines/part.ts";
import { passwordOf } from "../../lib/engines/password.ts";
import { unreadablePem } from "../../lib/pem-file.ts";
import { whyUnreadable } from "../../lib/unreadable.ts";
import type { Settings } from "../settings.ts";

/** Sentences about files of TLS, and of passwords, that a start will read, and that this user cannot read. */
export const unreadableFiles = (values: Settings, parts: readonly Part[]): readonly string[] => [
  ...problemOf(values.tlsCert, "HOOKWELL_TLS_CERT (--tls-cert)"),
  ...problemOf(values.tlsKey, "HOOKWELL_TLS_KEY (--tls-key)"),
  ...parts.flatMap((part) => problemsOfUrl(part, values[part])),
];

const problemOf = (path: string | null, setting: string): readonly string[] =>
  path === null || whyUnreadable(path) === undefined ? [] : [unreadablePem(path, setting)];

/** Keys of an engine's URL whose value is the path of a file. */
const isFile = (key: string): boolean => /(file|cert|key)$/.test(key);

function problemsOfUrl(part: Part, text: string): readonly string[] {
  if (!isServer(text)) return [];
  const url = parseEngineUrl(text);
  const problems = [...url.keys].flatMap(([key, path]) =>
    // Somebody may have written the password itself there, so the path is not shown.
    key === "passwordfile" ? whyNoPassword(url) : whyNoFile(key, path),
  );
  return problems.map((problem) => `${settingOf(part)} ${problem}.`);
}

function whyNoFile(key: string, path: string): readonly string[] {
  const why = isFile(key) ? whyUnreadable(path) : undefined;
  return why === undefined ? [] : [unreadableFile(key, why.message)];
}

function whyNoPassword(url: EngineUrl): readonly string[] {
  try {
    passwordOf(url);
    return [];
  } catch (error) {
    return [(error as RangeError).message];
  }
}

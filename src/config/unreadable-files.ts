import { errorText } from "../lib/is-error.ts";
import { fileOf, isServer, parseEngineUrl } from "../lib/engine-url.ts";
import { type Part, settingOf } from "../lib/part.ts";
import { readPemFile } from "../lib/pem-file.ts";
import type { Settings } from "./settings.ts";

/** Sentences about files of TLS that a start will read, and that this user cannot read. */
export async function unreadableFiles(values: Settings, parts: readonly Part[]): Promise<string[]> {
  const ofServer = await Promise.all([
    problemOf(values.tlsCert, "HOOKWELL_TLS_CERT (--tls-cert)"),
    problemOf(values.tlsKey, "HOOKWELL_TLS_KEY (--tls-key)"),
  ]);
  return [...ofServer.flat(), ...parts.flatMap((part) => problemsOfUrl(part, values[part]))];
}

async function problemOf(path: string | null, setting: string): Promise<readonly string[]> {
  if (path === null) return [];
  return readPemFile(path, setting).then(
    () => [],
    (error: unknown) => [errorText(error)],
  );
}

/** Keys of an engine's URL whose value is the path of a file. */
const isFile = (key: string): boolean => /(file|cert|key)$/.test(key);

function problemsOfUrl(part: Part, url: string): readonly string[] {
  if (!isServer(url)) return [];
  const { keys } = parseEngineUrl(url);
  return [...keys.keys()].filter(isFile).flatMap((key) => {
    try {
      fileOf(keys, key);
      return [];
    } catch (error) {
      return [`${settingOf(part)} ${errorText(error)}.`];
    }
  });
}

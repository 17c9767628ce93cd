import { resolve } from "node:path";
import { engineFile } from "../lib/engines/engine-file.ts";
import type { Part } from "../lib/engines/part.ts";
import { didYouMean } from "../lib/nearest.ts";
import type { Env } from "./environment.ts";
import { serverSettings, settingKeys, settings } from "./keys.ts";
import type { SettingKey, Settings } from "./settings.ts";
import { isOfService } from "./service-variables.ts";

interface Written {
  /** A setting as the person who wrote it calls it. */
  readonly nameOf: (key: SettingKey) => string;
  /** True for options of a receiver in a server of one's own. */
  readonly isEmbedded: boolean;
}

/** What cannot be set together. */
export function checkTogether(values: Settings, { nameOf, isEmbedded }: Written): string[] {
  const problems: string[] = [];
  // In a server of one's own neither of them has a place, which `unknownKeys` tells.
  if (!isEmbedded && values.tlsCert !== null && values.tlsKey === null) {
    problems.push(
      `${nameOf("tlsCert")} is set without its key: set tlsKey, HOOKWELL_TLS_KEY or --tls-key too.`,
    );
  }
  if (!isEmbedded && values.tlsKey !== null && values.tlsCert === null) {
    problems.push(
      `${nameOf("tlsKey")} is set without its certificate: set tlsCert, HOOKWELL_TLS_CERT or --tls-cert too.`,
    );
  }
  if (values.backoffMin > values.backoffMax) {
    problems.push(
      `${nameOf("backoffMin")} is ${values.backoffMin} ms, more than ${nameOf("backoffMax")} with ` +
        `${values.backoffMax} ms: write at most that.`,
    );
  }
  const file = fileOf("queue", values.queue, values.data);
  if (file !== undefined && file === fileOf("ledger", values.ledger, values.data)) {
    problems.push(
      `${nameOf("queue")} and ${nameOf("ledger")} are both ${file}: name a different file for each.`,
    );
  }
  return problems;
}

/** Absolute path of an engine that is a file. */
function fileOf(part: Part, url: string, data: string): string | undefined {
  const file = engineFile(part, url, data);
  return file === undefined ? undefined : resolve(file);
}

const fileOnly = ["handlers", "families", "secrets"];

/** Sentences about what is in the configuration file, or in the options, and is no setting. */
export function unknownKeys(
  file: Readonly<Record<string, unknown>>,
  shownFile: string,
  { isEmbedded }: Pick<Written, "isEmbedded">,
): string[] {
  const meaningless: readonly string[] = isEmbedded ? serverSettings : [];
  const others = isEmbedded ? [...fileOnly, "secret", "log"] : fileOnly;
  const known = [...settingKeys.filter((key) => key !== "configFile"), ...others].filter(
    (key) => !meaningless.includes(key),
  );
  return Object.keys(file)
    .filter((key) => !known.includes(key))
    .map((key) =>
      meaningless.includes(key)
        ? `${key} in ${shownFile} is for Hookwell's own server, which createReceiver does not start. Remove it.`
        : `${key} in ${shownFile} is not a setting.${didYouMean(key, known) || " Remove it."}`,
    );
}

/** Variables that other commands read. */
const otherVariables = ["HOOKWELL_SERVER", "HOOKWELL_SECRET", "HOOKWELL_API"];

/** Sentences about what looks like a setting among the variables of the environment. */
export function unknownVariables(env: Env): string[] {
  const known = [...settingKeys.map((key) => settings[key].env), ...otherVariables];
  return Object.keys(env)
    .filter((name) => name.startsWith("HOOKWELL_") && !/^HOOKWELL_(SECRET|API)_/.test(name))
    .filter((name) => !known.includes(name) && !isOfService(name, env[name]))
    .map((name) => `${name} in the environment is not a setting.${didYouMean(name, known)}`);
}

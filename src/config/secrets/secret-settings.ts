import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { Secret } from "../../event/signature.ts";
import type { Env, Environment } from "../environment.ts";
import { isOfService } from "../service-variables.ts";
import { isPlainObject } from "../../lib/plain-object.ts";
import { counted } from "../../lib/amounts.ts";

/** A secret, and how the person who set it calls it. */
export interface WrittenSecret extends Secret {
  /** Such as `HOOKWELL_SECRET`. */
  readonly writtenAs: string;
  /** Absolute path of the file that it is in, and may be changed in; undefined if it is written itself. */
  readonly file?: string | undefined;
}

const single = "HOOKWELL_SECRET";

/** Name of the secret in `HOOKWELL_SECRET`, and of the first one in the data folder. */
export const defaultSecretName = "default";

/** What a secret may be called. */
export const secretNameForm = "1 to 32 characters of a-z, 0-9, - and _, beginning with a letter or a digit";

/** True if a secret may be called so. */
export function isSecretName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,31}$/.test(name);
}

/** The sender advises at least this many characters, and recommends 36 or more, such as a GUID. */
const advisedLength = 16;

/**
 * What a configuration file or the options of `createReceiver` say of secrets; in the options, `secret` is the default
 * one.
 */
interface GivenSecrets {
  readonly secret: unknown;
  readonly secrets: unknown;
}

/** The secrets of environment and file; the environment wins where both have a name. */
export function secretsFrom(
  environment: Environment,
  given: GivenSecrets,
  file: string,
  problems: string[],
): readonly WrittenSecret[] {
  const found = [...fromEnv(environment, problems), ...fromFile(given, file, problems)];
  for (const { writtenAs, name, value } of found) {
    const problem = whyUnusable(value);
    if (problem !== undefined) problems.push(`${writtenAs} ${problem}`);
    if (!isSecretName(name)) problems.push(`${writtenAs} has an unusable name: write ${secretNameForm}.`);
  }
  return found.filter(({ name }, index) => found.findIndex((other) => other.name === name) === index);
}

/** What is wrong with the value of a secret, as the end of a sentence that does not show it. */
export function whyUnusable(value: string): string | undefined {
  if (value.trim() === "") return "is empty: write the secret that is set at the sender.";
  if (value !== value.trim()) {
    return "has white space at its beginning or end: remove it; the sender's secret has none.";
  }
  return undefined;
}

/** Sentences about secrets that work but are not wise. */
export const secretWarnings = (secrets: readonly WrittenSecret[]): readonly string[] => [
  ...shortSecrets(secrets),
  ...pathsForSecrets(secrets),
];

/** Sentences about secrets that could be guessed by trying. */
export const shortSecrets = (secrets: readonly WrittenSecret[]): readonly string[] =>
  secrets
    .filter((secret) => secret.value.length < advisedLength && !isPath(secret))
    .map(
      ({ writtenAs, value }) =>
        `${writtenAs} has ${counted(value.length, "character")}: at least ${advisedLength} are advised, 36 recommended.`,
    );

/** Sentences about secrets in whose place is the path of a file, and what to do. */
export const pathsForSecrets = (secrets: readonly WrittenSecret[]): readonly string[] =>
  secrets
    .filter(isPath)
    .map(({ writtenAs }) =>
      writtenAs.startsWith(single)
        ? `${writtenAs} is the path of a file: to read the secret from it, set the variable whose name ends with _FILE.`
        : `${writtenAs} is the path of a file: write what that file holds.`,
    );

const isPath = ({ value }: WrittenSecret): boolean => isAbsolute(value) && existsSync(value);

/** A sentence about a token that could be guessed by trying. */
export function tokenWarnings(token: string | null): readonly string[] {
  if (token === null || token.length >= advisedLength) return [];
  return [
    `The token of the API has ${counted(token.length, "character")}: at least ${advisedLength} are advised.`,
  ];
}

function* fromEnv({ env, files, nameOf }: Environment, problems: string[]): Iterable<WrittenSecret> {
  const variables = new Map<string, string>();
  for (const variable of secretVariables(env)) {
    const value = env[variable];
    if (value === undefined) continue;
    const name = variable === single ? defaultSecretName : variable.slice(`${single}_`.length).toLowerCase();
    const writtenAs = nameOf(variable);
    const other = variables.get(name);
    if (other !== undefined) {
      problems.push(`${other} and ${writtenAs} both name the secret "${name}": keep one of them.`);
    }
    variables.set(name, writtenAs);
    yield { name, value, writtenAs, file: files.get(variable) };
  }
}

/** The variables that hold secrets, the default one first. */
const secretVariables = (env: Env): readonly string[] => [
  single,
  ...Object.keys(env).filter((name) => name.startsWith(`${single}_`) && !isOfService(name, env[name])),
];

function* fromFile(
  { secret, secrets }: GivenSecrets,
  file: string,
  problems: string[],
): Iterable<WrittenSecret> {
  if (secret !== undefined) yield* written(defaultSecretName, secret, `secret in ${file}`, problems);
  if (secrets === undefined || secrets === null) return;
  if (!isPlainObject(secrets)) {
    problems.push(`secrets in ${file} is not a plain object: write { default: process.env.MY_SECRET }.`);
    return;
  }
  for (const [name, value] of Object.entries(secrets)) {
    if (name === defaultSecretName && typeof secret === "string") {
      problems.push(
        `secret and secrets.default in ${file} both name the secret "default": keep one of them.`,
      );
    }
    yield* written(name, value, `secrets.${name} in ${file}`, problems);
  }
}

function* written(
  name: string,
  value: unknown,
  writtenAs: string,
  problems: string[],
): Iterable<WrittenSecret> {
  if (typeof value === "string") yield { name, value, writtenAs };
  else problems.push(`${writtenAs} is not usable: write a string.`);
}

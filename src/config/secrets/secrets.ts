import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ConfigError } from "../../errors.ts";
import type { Secret } from "../../event/signature.ts";
import { inFolder, openDataFolder, readIfThere } from "../folder/data-folder.ts";
import { writePrivateFile } from "../folder/private-file.ts";
import { readSecretFile } from "../../lib/secret-file.ts";
import {
  defaultSecretName,
  isSecretName,
  secretNameForm,
  whyUnusable,
  type WrittenSecret,
} from "./secret-settings.ts";
import { withSecretsLocked } from "./secrets-lock.ts";

/** A secret in the data folder. */
export interface StoredSecret extends Secret {
  /** ISO 8601 in UTC. */
  readonly addedAt: string;
}

/** A new secret: 32 random bytes as 43 characters of base64url. The sender recommends 36 characters or more. */
export function generateSecret(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * The secrets of the data folder, in the order in which they were added; none if it has none yet.
 *
 * @throws {ConfigError} if the file is damaged or cannot be read
 */
export async function readSecrets(folder: string): Promise<readonly StoredSecret[]> {
  const path = secretsPath(folder);
  const text = await readIfThere(folder, path);
  const secrets = text === undefined ? [] : parseSecrets(text);
  if (secrets === undefined) {
    throw new ConfigError([`${path} is damaged: restore it, or remove it and add the secrets again.`]);
  }
  return secrets;
}

/**
 * Adds an active secret; the ones before stay active, so that a rotation loses nothing.
 *
 * @throws {ConfigError} if the name is taken or cannot be used, or the value cannot be used
 */
export async function addSecret(
  folder: string,
  secret: Secret,
  now: number = Date.now(),
): Promise<StoredSecret> {
  if (!isSecretName(secret.name)) throw new ConfigError([`The name of a secret has ${secretNameForm}.`]);
  const problem = whyUnusable(secret.value);
  if (problem !== undefined) throw new ConfigError([`The value ${problem}`]);
  await openDataFolder(folder);
  return withSecretsLocked(folder, async () => {
    const secrets = await readSecrets(folder);
    if (secrets.some(({ name }) => name === secret.name)) {
      throw new ConfigError([
        `A secret "${secret.name}" exists already: choose another name, or retire it first.`,
      ]);
    }
    const added = { name: secret.name, value: secret.value, addedAt: new Date(now).toISOString() };
    await writeSecrets(folder, [...secrets, added]);
    return added;
  });
}

/**
 * Removes a secret.
 *
 * @param keep how many must stay in the data folder; whoever counts before would count on one that another command
 *   retires at the same moment
 * @returns "unknown" if there is none of this name, "last" if too few would stay
 */
export async function retireSecret(
  folder: string,
  name: string,
  { keep }: { readonly keep: number } = { keep: 0 },
): Promise<"retired" | "unknown" | "last"> {
  return withSecretsLocked(folder, async () => {
    const secrets = await readSecrets(folder);
    const left = secrets.filter((secret) => secret.name !== name);
    if (left.length === secrets.length) return "unknown";
    if (left.length < keep) return "last";
    await writeSecrets(folder, left);
    return "retired";
  });
}

/**
 * Makes a secret if the data folder has none.
 *
 * @returns the one that was made, to exactly one caller, who shows it to a person
 */
export async function createFirstSecret(folder: string): Promise<Secret | undefined> {
  await openDataFolder(folder);
  if ((await readSecrets(folder)).length > 0) return undefined;
  return withSecretsLocked(folder, async () => {
    // Another process may have been faster.
    if ((await readSecrets(folder)).length > 0) return undefined;
    const addedAt = new Date().toISOString();
    const secret = { name: defaultSecretName, value: generateSecret(), addedAt };
    await writeSecrets(folder, [secret]);
    return secret;
  });
}

/**
 * The secrets that are active: those of environment and configuration file, then those of the data folder under other
 * names. Those that are in a file of their own are read again.
 *
 * @throws {ConfigError} if a file cannot be used
 */
export async function activeSecrets(config: {
  readonly data: string;
  readonly secrets: readonly WrittenSecret[];
}): Promise<readonly Secret[]> {
  const written = config.secrets.map(asInItsFile);
  return [...written, ...notTaken(await readSecrets(config.data), written)];
}

function asInItsFile({ file, name, value, writtenAs }: WrittenSecret): Secret {
  if (file === undefined) return { name, value };
  try {
    const current = readSecretFile(file);
    const problem = whyUnusable(current);
    if (problem !== undefined) throw new Error(problem);
    return { name, value: current };
  } catch (error) {
    throw new ConfigError([`${writtenAs} ${(error as Error).message}`]);
  }
}

/** Those of the data folder that are active beside configured ones, which win where both have a name. */
export function notTaken<T extends Secret>(
  stored: readonly T[],
  configured: readonly Secret[],
): readonly T[] {
  const names = new Set(configured.map(({ name }) => name));
  return stored.filter(({ name }) => !names.has(name));
}

function parseSecrets(text: string): readonly StoredSecret[] | undefined {
  try {
    const { secrets } = JSON.parse(text) as { readonly secrets?: unknown };
    return Array.isArray(secrets) && secrets.every(isStoredSecret) ? secrets : undefined;
  } catch {
    // The parser's message would quote the file.
    return undefined;
  }
}

function isStoredSecret(value: unknown): value is StoredSecret {
  if (typeof value !== "object" || value === null) return false;
  const { name, value: secret, addedAt } = value as Partial<Record<keyof StoredSecret, unknown>>;
  return (
    typeof name === "string" && typeof secret === "string" && secret !== "" && typeof addedAt === "string"
  );
}

const writeSecrets = (folder: string, secrets: readonly StoredSecret[]): Promise<void> =>
  inFolder(folder, () => writePrivateFile(secretsPath(folder), `${JSON.stringify({ secrets }, null, 2)}\n`));

const secretsPath = (folder: string): string => join(folder, "secrets.json");

import { resolve } from "node:path";
import { readSecretFile } from "../lib/secret-file.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** The environment as people meant it. */
export interface Environment {
  /** Without the variables that name files: each value is where it would be if it had been written itself. */
  readonly env: Env;
  /** Variable → absolute path of the file that its value is from. */
  readonly files: ReadonlyMap<string, string>;
  /** A variable as the person who set it calls it. */
  readonly nameOf: (variable: string) => string;
}

/** Only what holds a secret or a password may be in a file; the name is the first group. */
const named = /^(HOOKWELL_(?:SECRET|SECRET_.+|TOKEN|QUEUE|LEDGER))_FILE$/i;

/**
 * Reads what is in files, as containers and systemd hand over secrets: with `HOOKWELL_TOKEN_FILE=/run/secrets/token`, the
 * text of that file is `HOOKWELL_TOKEN`.
 *
 * @param cwd where relative paths begin
 * @param problems takes a sentence for each mistake; none of them shows a value
 * @param inFiles variables that may name files, if they are others than those of the settings
 */
export function readEnvironment(
  given: Env,
  cwd: string,
  problems: string[],
  inFiles: RegExp = named,
): Environment {
  const found = Object.entries(given).flatMap(([variable, path]) => {
    const [, name] = inFiles.exec(variable) ?? [];
    return name === undefined || path === undefined ? [] : [{ variable, name: name.toUpperCase(), path }];
  });
  const files = new Map<string, string>();
  const nameOf = (variable: string): string => (files.has(variable) ? `${variable}_FILE` : variable);
  // As it is where nothing is to be read: Windows does not tell upper from lower case, and a copy would.
  if (found.length === 0) return { env: given, files, nameOf };
  const env = { ...given };
  for (const { variable, name, path } of found) {
    delete env[variable];
    try {
      if (path === "") throw new Error("is empty: write the path of a file.");
      if (given[name]) throw new Error(`and ${name} are both set: keep one of them.`);
      files.set(name, resolve(cwd, path));
      env[name] = readSecretFile(resolve(cwd, path));
    } catch (error) {
      // One problem is enough: an empty value would be told as well.
      delete env[name];
      problems.push(`${variable} ${(error as Error).message}`);
    }
  }
  return { env, files, nameOf };
}

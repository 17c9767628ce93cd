import { readFileSync } from "node:fs";
import { resolve } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/** Only what holds a secret: everything else may be read by everybody. */
const inFile = /^(HOOKWELL_(?:SECRET|SECRET_.+|TOKEN|QUEUE|LEDGER))_FILE$/;

/**
 * Puts in what is in files, as containers and systemd hand over secrets: `HOOKWELL_TOKEN_FILE=/run/secrets/token` becomes
 * `HOOKWELL_TOKEN` with the text of that file, without its last line end.
 *
 * @param cwd where relative paths begin
 * @param problems takes a sentence for each mistake; none of them shows a value
 */
export function withFiles(env: Env, cwd: string, problems: string[]): Env {
  const result: Record<string, string | undefined> = {};
  for (const [variable, value] of Object.entries(env)) {
    const [, name] = inFile.exec(variable) ?? [];
    if (name === undefined || value === undefined) result[variable] ??= value;
    else if (env[name]) problems.push(`${name} and ${variable} are both set: keep one of them.`);
    else result[name] = textOf(variable, value, cwd, problems);
  }
  return result;
}

function textOf(variable: string, path: string, cwd: string, problems: string[]): string | undefined {
  try {
    if (path !== "") return readFileSync(resolve(cwd, path), "utf8").replace(/\r?\n$/, "");
    problems.push(`${variable} is empty: write the path of a file.`);
  } catch (error) {
    problems.push(`${variable} names a file that cannot be read (${(error as Error).message}).`);
  }
  return undefined;
}

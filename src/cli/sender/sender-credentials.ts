import type { Credentials } from "../../client/index.ts";
import { readEnvironment } from "../../config/environment.ts";
import { ConfigError } from "../../errors.ts";
import type { Io } from "../io.ts";

const inFiles = /^(HOOKWELL_API_(?:TOKEN|USER|PASSWORD|SPACE))_FILE$/i;

/**
 * The credentials of the environment, or of the files that it names.
 *
 * @throws {ConfigError} with the names of the variables and never a value
 */
export function senderCredentials({ env: given, cwd }: Io): Credentials {
  const problems: string[] = [];
  const { env, nameOf } = readEnvironment(given, cwd, problems, inFiles);
  const read = (name: string): string | undefined => env[name] || undefined;
  const token = read("HOOKWELL_API_TOKEN");
  const user = read("HOOKWELL_API_USER");
  const password = read("HOOKWELL_API_PASSWORD");
  const apiSpaceId = read("HOOKWELL_API_SPACE");
  // What is missing because of another problem needs no second sentence.
  if (problems.length > 0) throw new ConfigError(problems);
  const problem = problemOf({ token, user, password, apiSpaceId }, nameOf);
  if (problem !== undefined) throw new ConfigError([problem]);
  return { token, user, password, apiSpaceId };
}

function problemOf(
  { token, user, password, apiSpaceId }: Credentials,
  nameOf: (name: string) => string,
): string | undefined {
  const hasUser = user !== undefined || password !== undefined;
  if (token !== undefined && hasUser) {
    const other = nameOf(user === undefined ? "HOOKWELL_API_PASSWORD" : "HOOKWELL_API_USER");
    return `${nameOf("HOOKWELL_API_TOKEN")} and ${other} are both set: keep one of them.`;
  }
  if (token !== undefined && !/^[!-~]+$/.test(token))
    return `${nameOf("HOOKWELL_API_TOKEN")} is not usable: write a token of printable ASCII characters, without spaces.`;
  if (token !== undefined && apiSpaceId === undefined)
    return "HOOKWELL_API_SPACE is missing: set it to the id of the API Space that the token belongs to.";
  if (token !== undefined) return undefined;
  if (!hasUser) {
    return "Credentials of the sender's API are missing: set HOOKWELL_API_TOKEN and HOOKWELL_API_SPACE, or HOOKWELL_API_USER and HOOKWELL_API_PASSWORD.";
  }
  if (user === undefined) return "HOOKWELL_API_USER is missing: set it beside HOOKWELL_API_PASSWORD.";
  return password === undefined
    ? "HOOKWELL_API_PASSWORD is missing: set it beside HOOKWELL_API_USER."
    : undefined;
}

import { readEnvironment } from "../../config/environment.ts";
import { settings } from "../../config/keys.ts";
import { readToken } from "../../config/folder/token.ts";
import { ConfigError } from "../../errors.ts";
import { withoutLogin } from "../../lib/without-login.ts";
import type { Options } from "../command.ts";
import { UsageError } from "../failure.ts";
import type { Io } from "../io.ts";
import { ApiClient } from "./api-client.ts";
import { httpFetch } from "./http-fetch.ts";
import { readConfig } from "./where.ts";

/**
 * The address under which a server has its pages. People also name it by that of its API or its console, which
 * the welcome shows.
 *
 * @throws {UsageError} if that is no URL of a server
 */
export function serverBase(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      `--server is ${JSON.stringify(withoutLogin(server))}: write a URL such as https://hooks.example.com.`,
    );
  }
  return (url.origin + url.pathname).replace(/(\/api\/v1|\/console)?\/*$/, "");
}

/** The one of a server that is named. @throws {UsageError} if its token is not known */
export async function remoteClient(url: string, options: Options, io: Io): Promise<ApiClient> {
  const base = serverBase(url);
  const isHere = isLoopback(new URL(base));
  const token = givenToken(io) ?? (isHere ? await localToken(options, io) : undefined);
  if (token === undefined) throw new UsageError(`The token of ${base} is missing: set HOOKWELL_TOKEN to it.`);
  const server = { where: base, live: true, base, fetch: httpFetch() };
  await new ApiClient({ ...server, token: undefined }).requireHookwell();
  return new ApiClient({ ...server, token });
}

/** The one of the environment. Its other settings do not matter to a command that asks another machine. */
function givenToken({ env: { HOOKWELL_TOKEN, HOOKWELL_TOKEN_FILE }, cwd }: Io): string | undefined {
  const problems: string[] = [];
  const { env, nameOf } = readEnvironment({ HOOKWELL_TOKEN, HOOKWELL_TOKEN_FILE }, cwd, problems);
  const token = env["HOOKWELL_TOKEN"] || undefined;
  const parsed = token === undefined ? undefined : settings.token.parse(token);
  if (parsed !== undefined && "expected" in parsed)
    problems.push(`${nameOf("HOOKWELL_TOKEN")} is not usable: write ${parsed.expected}.`);
  if (problems.length > 0) throw new ConfigError(problems);
  return token;
}

/** The token of the data folder, which goes to no other machine. */
async function localToken(options: Options, io: Io): Promise<string | undefined> {
  const { data } = await readConfig(options, io);
  return readToken(data);
}

const isLoopback = ({ hostname }: URL): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

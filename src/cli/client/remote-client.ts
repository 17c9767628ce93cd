import { readEnvironment } from "../../config/environment.ts";
import { settings } from "../../config/keys.ts";
import { readToken } from "../../config/folder/token.ts";
import { ConfigError } from "../../errors.ts";
import { withoutLogin } from "../../lib/without-login.ts";
import type { Options } from "../command.ts";
import { UsageError } from "../failure.ts";
import type { Io } from "../io.ts";
import { ApiClient } from "./api-client.ts";
import { notOurs } from "./api-refusal.ts";
import { type Fetch, httpFetch } from "./http-fetch.ts";
import { timedOut, unreachable } from "./unreachable.ts";
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
  const fetch = httpFetch();
  await requireHookwell(base, fetch);
  return new ApiClient({ where: base, live: true, base, token, fetch });
}

/** How long a page that Hookwell has at hand may take, in ms. */
const firstAnswerMs = 5_000;

/**
 * Refuses a program that answers 200 to whatever it is asked: its answers lack what is taken for granted here, and it
 * is to get no token.
 *
 * @throws {CommandError} if there is no Hookwell
 */
async function requireHookwell(base: string, fetch: Fetch): Promise<void> {
  const signal = AbortSignal.timeout(firstAnswerMs);
  const headers = { accept: "application/json" };
  const asked = fetch(new Request(`${base}/api/openapi.json`, { headers }), signal);
  const response = await asked.catch((cause: unknown) => {
    throw unreachable(base, cause);
  });
  // A proxy may keep this page from us; then the answer to the next question must tell.
  if (!response.ok) return void response.body?.cancel().catch(() => undefined);
  const says: unknown = await response.json().catch(() => null);
  if (signal.aborted) throw unreachable(base, timedOut);
  if (titleOf(says) !== "Hookwell")
    throw notOurs(base, response, " A proxy in front of it has to pass on /api/openapi.json, too.");
}

/** The title in the description of an API. */
const titleOf = (api: unknown): unknown =>
  (api as { readonly info?: { readonly title?: unknown } | null } | null)?.info?.title;

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

import { type Config, loadConfig } from "../../config/load-config.ts";
import { hasDataFolder } from "../../config/data-folder.ts";
import { readEnvironment } from "../../config/environment.ts";
import { settings } from "../../config/keys.ts";
import { readToken } from "../../config/token.ts";
import { ConfigError, DataInUseError } from "../../errors.ts";
import { engineFile } from "../../lib/engines/engine-file.ts";
import { withoutLogin } from "../../lib/without-login.ts";
import type { LocalApi } from "../../local-api.ts";
import { ApiClient } from "./api-client.ts";
import type { Option, Options } from "../command.ts";
import { UsageError } from "../failure.ts";
import { httpFetch } from "./http-fetch.ts";
import type { Io } from "../io.ts";
import { type Answering, RestingFolder } from "./resting-folder.ts";
import { runningServer } from "./running-server.ts";
import { whyUnheard } from "./unheard.ts";
import { flagsOf } from "../setting-options.ts";

/** Options of commands that read from the data folder. */
export const folderOptions: readonly Option[] = [
  { flags: "--data <folder>", says: "Data folder.", env: "HOOKWELL_DATA", group: "Where:" },
  { flags: "--config <file>", says: "Configuration file.", env: "HOOKWELL_CONFIG", group: "Where:" },
];

/** Options of every command that reads from the API. */
export const apiOptions: readonly Option[] = [
  {
    flags: "--server <url>",
    says: "Server to ask; its token is in HOOKWELL_TOKEN.",
    env: "HOOKWELL_SERVER",
    otherwise: "the one that runs on the data folder",
    group: "Where:",
  },
  ...folderOptions,
];

/**
 * The API that a command talks to: the server that is named, else the one that runs on the data folder, else the data
 * folder itself, opened in this process.
 *
 * @throws {UsageError} if there is none of them
 */
export async function openClient(options: Options, io: Io): Promise<ApiClient> {
  const named = namedServer(options, io);
  if (named !== undefined) return remoteClient(named, options, io);
  const config = await folderConfig(options, io);
  return (await runningClient(config, io)) ?? folderClient(config, io);
}

/**
 * How to find the server that `openClient` would ask, each time that it is wanted: the one of a data folder may come
 * back at another address. Finds nothing while none runs there.
 *
 * @throws {UsageError} if there is no data folder
 */
export async function serverFinder(options: Options, io: Io): Promise<() => Promise<ApiClient | undefined>> {
  const named = namedServer(options, io);
  if (named === undefined) {
    const config = await folderConfig(options, io);
    return () => runningClient(config, io);
  }
  const client = await remoteClient(named, options, io);
  return async () => client;
}

/** What `--server` names, or its variable, over which flags win that say where to look on this machine. */
export function namedServer(options: Options, { env }: Io): string | undefined {
  const isHere = ["data", "queue", "ledger"].some((name) => options.text(name) !== undefined);
  return (options.text("server") ?? (isHere ? undefined : env["HOOKWELL_SERVER"])) || undefined;
}

/** The settings of a data folder that is there. */
async function folderConfig(options: Options, io: Io): Promise<Config> {
  const config = await readConfig(options, io);
  if (await hasDataFolder(config.data)) return config;
  throw new UsageError(
    `${config.data} does not exist: start Hookwell with \`hookwell serve\`, or name the folder with --data or a server with --server.`,
  );
}

async function runningClient(config: Config, { env }: Io): Promise<ApiClient | undefined> {
  const running = await runningServer(config, "api");
  if (running === undefined) return undefined;
  // The one of the environment is for the server that the environment names, if it names one.
  const given = config.token ?? undefined;
  const kept = given === undefined || env["HOOKWELL_SERVER"] ? await readToken(config.data) : undefined;
  const token = kept ?? given;
  return new ApiClient({ where: running.url, live: true, base: running.url, token, fetch: running.fetch });
}

async function folderClient(config: Config, io: Io): Promise<ApiClient> {
  const local = await openFolder(config, io);
  // Only a history in a file keeps a server waiting, and not if another process has it.
  const isHeld = local.inUse === undefined && engineFile("ledger", config.ledger, config.data) !== undefined;
  const folder = isHeld ? new RestingFolder(local, () => openAgain(config, io)) : local;
  return new ApiClient({
    where: config.data,
    live: false,
    base: "http://localhost",
    token: undefined,
    fetch: (request) => folder.fetch(request),
    missing: local.missing,
    inUse: local.inUse,
    close: () => folder.close(),
  });
}

/** How long a server that has started, and so has the history, may take until it answers, in ms. */
const startMs = 10_000;

/** The folder once more, or the server that was started on it meanwhile. */
async function openAgain(config: Config, io: Io): Promise<Answering> {
  const end = performance.now() + startMs;
  for (;;) {
    const server = await runningClient(config, io);
    if (server !== undefined)
      return { fetch: (request) => server.pass(request), close: () => Promise.resolve() };
    const folder = await openFolder(config, io);
    if (folder.inUse === undefined || performance.now() > end) return folder;
    await folder.close();
  }
}

/** The folder, or all of it but the history, if a process has that open which nobody can ask. */
async function openFolder(config: Config, io: Io): Promise<LocalApi> {
  try {
    return await io.openLocalApi(config);
  } catch (error) {
    if (!(error instanceof DataInUseError)) throw error;
    // Such a server is the one that has the data folder.
    const unheard = await whyUnheard(config, "api");
    if (unheard !== undefined) throw unheard;
    if (error.path !== engineFile("ledger", config.ledger, config.data)) throw error;
    return io.openLocalApi(config, { ledgerInUse: true });
  }
}

/** Settings, as far as a command that does not serve has flags for them. */
export function readConfig(options: Options, io: Io): Promise<Config> {
  const flags = flagsOf(["data", "configFile", "queue", "ledger"], options);
  return loadConfig({ env: io.env, flags, cwd: io.cwd });
}

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

async function remoteClient(url: string, options: Options, io: Io): Promise<ApiClient> {
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

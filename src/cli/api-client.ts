import { type Config, loadConfig } from "../config/load-config.ts";
import { hasDataFolder, readToken } from "../config/data-folder.ts";
import { readServerInfos } from "../config/server-notes.ts";
import type { ErrorResponse } from "../api/contract.ts";
import { DataInUseError } from "../errors.ts";
import type { Option, Options } from "./command.ts";
import { CommandError, NotFoundError, UsageError } from "./failure.ts";
import { type Fetch, httpFetch } from "./http-fetch.ts";
import type { Io } from "./io.ts";
import { runningServer, silentServers } from "./running-server.ts";
import { flagsOf } from "./setting-options.ts";
import { unreachable } from "./unreachable.ts";

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

/** What is meant by the codes of errors that pass; opened in this process, it has no log that could say more. */
const partsThatFail: Readonly<Record<string, string>> = {
  QUEUE_UNAVAILABLE: "The queue",
  LEDGER_UNAVAILABLE: "The ledger",
  QUARANTINE_UNAVAILABLE: "The quarantine",
};

/** Values of a query; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** The API of a Hookwell: of a running server, or of the data folder itself. */
export class ApiClient implements AsyncDisposable {
  /** Where the answers come from, for people. */
  readonly where: string;
  /** False if no server runs and the data folder is read in this process. */
  readonly live: boolean;
  /** Parts that are not there yet, and of which it tells as of empty ones. */
  readonly missing: readonly string[];
  readonly #base: string;
  readonly #token: string | undefined;
  readonly #fetch: Fetch;
  readonly #close: (() => Promise<void>) | undefined;

  constructor(options: {
    readonly where: string;
    readonly live: boolean;
    readonly base: string;
    readonly token: string | undefined;
    readonly fetch: Fetch;
    readonly missing?: readonly string[];
    readonly close?: () => Promise<void>;
  }) {
    this.where = options.where;
    this.live = options.live;
    this.missing = options.missing ?? [];
    this.#base = options.base;
    this.#token = options.token;
    this.#fetch = options.fetch;
    this.#close = options.close;
  }

  async get<T>(path: string, query: Query = {}): Promise<T> {
    return (await (await this.#ask("GET", path, query)).json()) as T;
  }

  /** The answer as text, for what must not be parsed and printed again. */
  async text(path: string): Promise<string> {
    return (await this.#ask("GET", path)).text();
  }

  async bytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#ask("GET", path)).arrayBuffer());
  }

  async post<T>(path: string, body?: unknown): Promise<T> {
    return (await (await this.#ask("POST", path, {}, { body })).json()) as T;
  }

  async delete(path: string): Promise<void> {
    await (await this.#ask("DELETE", path)).arrayBuffer();
  }

  /** The changes since the one of this id, or from now on. */
  async stream(query: Query, lastEventId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers = lastEventId === "" ? {} : { "last-event-id": lastEventId };
    const { body } = await this.#ask("GET", "/api/v1/stream", query, { headers, signal });
    if (body === null) throw new CommandError(`${this.where} sends no stream.`);
    return body;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close?.();
  }

  async #ask(
    method: string,
    path: string,
    query: Query = {},
    init: {
      readonly body?: unknown;
      readonly headers?: Record<string, string>;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<Response> {
    const url = new URL(this.#base + path);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const headers = new Headers({ accept: "application/json", ...init.headers });
    if (this.#token !== undefined) headers.set("authorization", `Bearer ${this.#token}`);
    if (init.body !== undefined) headers.set("content-type", "application/json");
    const request = new Request(url, {
      method,
      headers,
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    });
    const response = await this.#fetch(request, init.signal).catch((cause: unknown) => {
      throw init.signal?.aborted === true ? cause : unreachable(this.where, cause);
    });
    if (!response.ok) throw await this.#refusal(response);
    return response;
  }

  async #refusal(response: Response): Promise<Error> {
    if (response.status === 401 || response.status === 403) {
      return new CommandError(
        `${this.where} refuses the token: set HOOKWELL_TOKEN to the token of that server.`,
      );
    }
    const text = await response.text().catch(() => "");
    const error = parseError(text);
    if (error === undefined) {
      const half =
        response.status === 404 ? " A `hookwell receive` has no API; ask a `hookwell process`." : "";
      return new CommandError(
        `${this.where} does not answer as Hookwell does (status ${response.status}): is the URL right?${half}`,
      );
    }
    if (response.status === 404) return new NotFoundError(error.message);
    const part = this.live ? undefined : partsThatFail[error.code];
    if (part !== undefined)
      return new CommandError(`${part} cannot be used now: \`hookwell doctor\` says why.`);
    return response.status < 500 ? new UsageError(error.message) : new CommandError(error.message);
  }
}

/**
 * The API that a command talks to: the server named by `--server` or `HOOKWELL_SERVER`, else the one that runs on the
 * data folder, else the data folder itself, opened in this process.
 *
 * @throws {CommandError} if there is none of them
 */
export async function openClient(options: Options, io: Io): Promise<ApiClient> {
  const server = options.text("server") ?? io.env["HOOKWELL_SERVER"];
  if (server !== undefined && server !== "") return remoteClient(server, options, io);
  const config = await readConfig(options, io);
  if (!(await hasDataFolder(config.data))) {
    throw new CommandError(
      `${config.data} is not there: start Hookwell with \`hookwell serve\`, or name the folder with --data or a server with --server.`,
    );
  }
  const running = await runningServer(config, "api");
  if (running !== undefined) {
    const token = config.token ?? (await readToken(config.data));
    return new ApiClient({ where: running.url, live: true, base: running.url, token, fetch: running.fetch });
  }
  const local = await io.openLocalApi(config).catch(async (error: unknown) => {
    throw error instanceof DataInUseError ? await unheard(config, error) : error;
  });
  return new ApiClient({
    where: config.data,
    live: false,
    base: "http://localhost",
    token: undefined,
    fetch: (request) => local.fetch(request),
    missing: local.missing,
    close: () => local.close(),
  });
}

/**
 * A server that does not answer, or whose certificate is not trusted here, is not heard: it is the one that has the data
 * folder.
 */
async function unheard(config: Config, error: DataInUseError): Promise<Error> {
  const { data, tlsCert } = config;
  const [silent] = await silentServers(config, "api");
  if (silent !== undefined) return new CommandError(`${silent.says} ${silent.cure}`);
  const note = (await readServerInfos(data, "api")).find(({ url }) => url.startsWith("https:"));
  if (tlsCert !== null || note === undefined) return error;
  return new UsageError(
    `The Hookwell that runs on ${data} has its API at ${note.url}: set HOOKWELL_TLS_CERT and HOOKWELL_TLS_KEY as they are set for it, so that its certificate is trusted here.`,
  );
}

/** Settings, as far as a command that does not serve has flags for them. */
export function readConfig(options: Options, io: Io): Promise<Config> {
  const flags = flagsOf(["data", "configFile", "queue", "ledger"], options);
  return loadConfig({ env: io.env, flags, cwd: io.cwd });
}

/**
 * Where a server has its pages, by what was given for it.
 *
 * @throws {UsageError} if that is no URL of a server
 */
export function serverBase(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      `--server is ${JSON.stringify(server)}: write a URL such as https://hooks.example.com.`,
    );
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

async function remoteClient(server: string, options: Options, io: Io): Promise<ApiClient> {
  const base = serverBase(server);
  const isHere = isLoopback(new URL(base));
  const token = io.env["HOOKWELL_TOKEN"] || (isHere ? await localToken(options, io) : undefined);
  if (token !== undefined) return new ApiClient({ where: base, live: true, base, token, fetch: httpFetch() });
  throw new UsageError(`The token of ${base} is missing: set HOOKWELL_TOKEN to it.`);
}

/** The token of the data folder, which goes to no other machine. */
async function localToken(options: Options, io: Io): Promise<string | undefined> {
  const { data } = await readConfig(options, io);
  return readToken(data);
}

const isLoopback = ({ hostname }: URL): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

function parseError(text: string): ErrorResponse["error"] | undefined {
  try {
    const { error } = JSON.parse(text) as Partial<ErrorResponse>;
    return typeof error?.message === "string" ? error : undefined;
  } catch {
    return undefined;
  }
}

import { HookwellError } from "../../errors.ts";
import { notOurs, refusalOf } from "./api-refusal.ts";
import { CommandError } from "../failure.ts";
import type { Fetch } from "./http-fetch.ts";
import { brokenOff, unreachable } from "./unreachable.ts";

/** Values of a query; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

interface Init {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal | undefined;
}

/** The API of a Hookwell: of a running server, or of the data folder itself. */
export class ApiClient implements AsyncDisposable {
  /** Where the answers come from, for people. */
  readonly where: string;
  /** False if no server runs and the data folder is read in this process. */
  readonly live: boolean;
  /** Parts that are not there yet; it shows them as empty. */
  readonly missing: readonly string[];
  /** Why it has no history to show, if another process has that open. */
  readonly inUse: string | undefined;
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
    readonly inUse?: string | undefined;
    readonly close?: () => Promise<void>;
  }) {
    this.where = options.where;
    this.live = options.live;
    this.missing = options.missing ?? [];
    this.inUse = options.inUse;
    this.#base = options.base;
    this.#token = options.token;
    this.#fetch = options.fetch;
    this.#close = options.close;
  }

  /** @param signal gives the answer up */
  async get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    return this.#json(await this.#ask("GET", path, query, { signal }));
  }

  /** The answer as text, for what must not be parsed and printed again. */
  async text(path: string): Promise<string> {
    const response = await this.#ask("GET", path);
    return this.#whole(response.text());
  }

  async bytes(path: string): Promise<Uint8Array> {
    const response = await this.#ask("GET", path);
    return new Uint8Array(await this.#whole(response.arrayBuffer()));
  }

  async post<T>(path: string, body?: unknown): Promise<T> {
    return this.#json(await this.#ask("POST", path, {}, { body }));
  }

  async delete(path: string): Promise<void> {
    const response = await this.#ask("DELETE", path);
    await this.#whole(response.arrayBuffer());
  }

  /** The changes since the one of this id, or from now on. */
  async stream(query: Query, lastEventId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers = lastEventId === "" ? {} : { "last-event-id": lastEventId };
    const { body } = await this.#ask("GET", "/api/v1/stream", query, { headers, signal });
    if (body === null) throw new CommandError(`${this.where} sends no stream.`);
    return body;
  }

  /** Asks what the data folder was asked before this server ran on it. */
  async pass(asked: Request): Promise<Response> {
    const { pathname, search } = new URL(asked.url);
    return this.#answer(new Request(this.#base + pathname + search, asked));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close?.();
  }

  #ask(method: string, path: string, query: Query = {}, init: Init = {}): Promise<Response> {
    const url = new URL(this.#base + path);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const headers = new Headers({ accept: "application/json", ...init.headers });
    if (init.body !== undefined) headers.set("content-type", "application/json");
    const request = new Request(url, {
      method,
      headers,
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    });
    return this.#answer(request, init.signal);
  }

  /** @throws what the API says, if it refuses */
  async #answer(request: Request, signal?: AbortSignal): Promise<Response> {
    if (this.#token !== undefined) request.headers.set("authorization", `Bearer ${this.#token}`);
    const response = await this.#fetch(request, signal).catch((cause: unknown) => {
      // The data folder, or the server that has it now, itself says what is wrong.
      throw cause instanceof HookwellError ? cause : unreachable(this.where, cause);
    });
    if (!response.ok) throw await refusalOf(response, this);
    return response;
  }

  async #json<T>(response: Response): Promise<T> {
    const text = await this.#whole(response.text());
    try {
      return JSON.parse(text) as T;
    } catch {
      throw notOurs(this.where, response);
    }
  }

  #whole<T>(answer: Promise<T>): Promise<T> {
    return answer.catch((cause: unknown) => {
      throw brokenOff(this.where, cause);
    });
  }
}

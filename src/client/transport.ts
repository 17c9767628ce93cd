import { codeOf } from "../lib/error-code.ts";
import { isError } from "../lib/is-error.ts";
import { noAnswer } from "../lib/no-answer.ts";
import type { Log } from "../log.ts";
import { SenderUnavailableError } from "./errors.ts";
import { foreign, isForeign, refusalOf, unknownEnd } from "./refusal.ts";
import { waitMs } from "./waits.ts";

/** Makes a request: the global `fetch`, or one in its place such as that of the sandbox. */
export type SenderFetch = (request: Request, init?: { readonly signal: AbortSignal }) => Promise<Response>;

/** The world of a client, which a test can replace. */
export interface ClientWorld {
  /** Ms since 1970. */
  readonly now: () => number;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
  /** Resolves after so many ms. */
  readonly sleep: (ms: number) => Promise<void>;
}

interface TransportOptions {
  /** Base URL, for people. */
  readonly where: string;
  readonly authorization: string;
  readonly fetch: SenderFetch;
  /** How long an answer may take, in ms. */
  readonly timeoutMs: number;
  readonly log: Log;
  readonly world: ClientWorld;
  /** Asked after a 403: the host of the account's region, if it is another one. */
  readonly findHost: () => Promise<string | undefined>;
}

/**
 * Makes requests as the service wants them: with credentials, repeated where that is safe and as its headers say.
 *
 * @returns only successes, read to their end
 * @throws {SenderError} one sentence
 */
export function createTransport(options: TransportOptions): (request: Request) => Promise<Response> {
  const { where, log, world, findHost } = options;
  return async (request) => {
    request.headers.set("authorization", options.authorization);
    const { method } = request;
    const path = new URL(request.url).pathname;
    for (let tries = 1; ; tries += 1) {
      const { response, text } = await answerOf(request.clone(), options);
      const { status, headers } = response;
      if (response.ok) {
        if (isForeign(text)) throw foreign(where, status, method !== "GET");
        return new Response(text === "" ? null : text, { status: text === "" ? 204 : status, headers });
      }
      const wait = waitMs({ method, status, headers }, tries, world.now(), world.random());
      if (wait === undefined) {
        const rightHost = status === 403 ? await findHost() : undefined;
        throw refusalOf({ where, method, path, status, headers, text, rightHost }, world.now());
      }
      // The id of a profile is often a mail address.
      const place = path.replace(/(?<=\/profiles\/)[^/]+/, "…");
      log.warn("sender.retry", { method, path: place, status, tries, waitMs: wait });
      await world.sleep(wait);
    }
  };
}

/** The whole answer. */
async function answerOf(
  request: Request,
  { where, fetch, timeoutMs }: TransportOptions,
): Promise<{ readonly response: Response; readonly text: string }> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(request, { signal });
    return { response, text: await response.text() };
  } catch (error) {
    // The global `fetch` says only that it failed; the reason is its cause.
    const cause = isError(error) && isError(error.cause) ? error.cause : error;
    const mayBeDone = request.method !== "GET" && !neverSent.has(codeOf(cause) ?? "");
    const says = noAnswer(where, signal.aborted ? { code: "ETIMEDOUT" } : cause);
    throw new SenderUnavailableError(mayBeDone ? `${says} ${unknownEnd(request.method)}` : says, null, {
      cause,
      mayBeDone,
    });
  }
}

const neverSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

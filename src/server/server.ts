import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps, Server as HttpsServer } from "node:https";
import { httpOrigin } from "../lib/http-origin.ts";
import { OnceAMinute } from "../lib/once-a-minute.ts";
import { UnderWay } from "../lib/async/under-way.ts";
import { errorFields, type Log } from "../log.ts";
import { watchConnections } from "./connections.ts";
import { listen } from "./listen.ts";
import { servePage, type Pages } from "./page-bridge.ts";
import { pathAndQuery } from "./request-target.ts";
import { stop } from "./stop.ts";
import { Unanswered } from "./unanswered.ts";
import { answerUnreadable } from "./unreadable.ts";
import { readTls, type TlsFiles } from "./tls.ts";

export interface ServerParts {
  /** Takes deliveries; without it this is a server of pages only. */
  readonly receive?: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Path of the deliveries. */
  readonly path: string;
  /** In bytes. A client that asks before it sends a larger delivery is not told to send it. Default: any may be sent. */
  readonly bodyLimit?: number;
  /** A header that only the sender sets: a request with it on another path is a delivery gone astray. */
  readonly signatureHeader: string;
  /** Everything else. */
  readonly pages: Pages;
  readonly log: Log;
}

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  /** Default: what fits the sender. */
  readonly timeouts?: ServerTimeouts;
}

/** All in ms. */
export interface ServerTimeouts {
  /**
   * From the connection, or from the end of the request before, to the end of the headers; with TLS, to the end of the
   * handshake, and as long again to the end of the headers.
   */
  readonly headersTimeout: number;
  /** To the end of the body. */
  readonly requestTimeout: number;
  /** How long a connection may wait for its next request. */
  readonly keepAliveTimeout: number;
  /** How often the ones above are looked at. */
  readonly connectionsCheckingInterval: number;
}

export interface HookwellServer {
  /** Where it listens, with a slash at the end. */
  readonly url: string;
  /** Reads certificate and key again. */
  reloadTls(): Promise<void>;
  /** Takes no more requests, answers those that are under way, and ends what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/**
 * Slow clients must not hold connections for ever, and the sender waits 10 s at most. Idle connections live longer than
 * a load balancer keeps its own (60 s is usual), so that it never sends into one that we have just closed.
 */
const defaultTimeouts: ServerTimeouts = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 2_000,
};

/**
 * The product's own door: deliveries on their path, pages everywhere else.
 *
 * @throws {ConfigError} if it cannot listen, or certificate and key are no pair
 */
export async function startServer(parts: ServerParts, options: ServerOptions): Promise<HookwellServer> {
  const { log } = parts;
  const { tls, timeouts = defaultTimeouts } = options;
  // Proxies may leave the header Host out, on which nothing here depends.
  const ways = { ...timeouts, requireHostHeader: false };
  const unanswered = new Unanswered(log);
  const underWay = new UnderWay();
  const onRequest = handler(parts, unanswered, underWay);
  const server: Server =
    tls === undefined
      ? createHttp(ways, onRequest)
      : createHttps(
          { ...ways, ...(await readTls(tls)), handshakeTimeout: timeouts.headersTimeout },
          onRequest,
        );
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    if (!isTooLarge(request, parts)) response.writeContinue();
    onRequest(request, response);
  });
  answerUnreadable(server, unanswered, log);
  const connections = watchConnections(server);
  const port = await listen(server, options.port, options.host);
  server.on("error", (error) => log.error("server.failed", errorFields(error)));
  let closed: Promise<void> | undefined;
  return {
    url: `${httpOrigin({ isTls: tls !== undefined, host: options.host, port })}/`,
    reloadTls: async () => {
      if (tls !== undefined && server instanceof HttpsServer) server.setSecureContext(await readTls(tls));
    },
    close: (graceMs) => (closed ??= stop({ server, connections, unanswered, underWay }, graceMs)),
  };
}

function handler(
  { receive, path, signatureHeader, pages, log }: ServerParts,
  unanswered: Unanswered,
  underWay: UnderWay,
) {
  const lost = new OnceAMinute(() => performance.now());
  const page = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (await unanswered.turn(response)) await servePage(pages, request, response);
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (!unanswered.add(response)) return;
    request.url = pathAndQuery(request.url ?? "/");
    const isForUs = isDelivery(request, path);
    if (!isForUs && receive !== undefined && isSigned(request, signatureHeader)) {
      const requests = lost.met();
      if (requests !== undefined) log.warn("server.wrong_path", { requests, cure: cureOf(path) });
    }
    const answered = isForUs && receive !== undefined ? receive(request, response) : page(request, response);
    const ended = answered.catch((error: unknown) => {
      log.error("server.request_failed", errorFields(error));
      // An answer that has begun must not be taken for a whole one.
      if (response.headersSent) response.destroy();
      else response.writeHead(503, { "retry-after": "5" }).end();
    });
    void underWay.add(ended);
  };
}

/** Only the sender signs its requests; scanners that look for holes do not. */
const isSigned = ({ method, headers }: IncomingMessage, header: string): boolean =>
  method === "POST" && headers[header] !== undefined;

const cureOf = (path: string): string =>
  `the sender posts to a path that accepts no events: register the address with the path ${path}, or set HOOKWELL_PATH`;

function isTooLarge({ url = "/", method, headers }: IncomingMessage, parts: ServerParts): boolean {
  const { path, bodyLimit = Infinity } = parts;
  return (
    isDelivery({ url: pathAndQuery(url), method }, path) && Number(headers["content-length"]) > bodyLimit
  );
}

function isDelivery({ url, method }: Pick<IncomingMessage, "url" | "method">, path: string): boolean {
  if (method === "GET" || method === "HEAD") return false;
  return url === path || (url?.startsWith(path) === true && url[path.length] === "?");
}

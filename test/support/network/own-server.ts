import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type HookwellServer,
  startServer,
  type ServerOptions,
  type ServerParts,
} from "../../../src/server/server.ts";
import { signatureHeader } from "../../../src/event/signature.ts";
import { recordedLog, type RecordedLog } from "../../../src/testing/recorded-log.ts";

export interface OwnServer extends RecordedLog, AsyncDisposable {
  readonly server: HookwellServer;
  readonly url: string;
  /** What the receiver was asked, in order. */
  readonly deliveries: readonly string[];
}

/** A server on a port of its own; parts that it is not given answer with what they were asked. */
export async function startOwn(
  parts: Partial<ServerParts> = {},
  options: Partial<ServerOptions> = {},
): Promise<OwnServer> {
  const recorded = recordedLog();
  const deliveries: string[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    deliveries.push(`${request.method} ${request.url}`);
    request.resume();
    response.end("received");
  };
  const pages = {
    fetch: async ({ method, url }: Request) => new Response(`${method} ${new URL(url).pathname}`),
  };
  const server = await startServer(
    { receive, path: "/hooks", signatureHeader, pages, log: recorded.log, ...parts },
    { host: "127.0.0.1", port: 0, tls: undefined, ...options },
  );
  return { ...recorded, server, url: server.url, deliveries, [Symbol.asyncDispose]: () => server.close(0) };
}

/** Settles within a moment, or tells that it does not. */
export const soon = <T>(promise: Promise<T>): Promise<T | "not yet"> =>
  Promise.race([promise, sleep(50, "not yet" as const)]);

/** Short ones, so that a test of them need not wait. */
export const timeouts = {
  headersTimeout: 100,
  requestTimeout: 200,
  keepAliveTimeout: 100,
  connectionsCheckingInterval: 20,
};

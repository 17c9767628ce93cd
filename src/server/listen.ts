import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigError } from "../errors.ts";

/**
 * Begins to listen.
 *
 * @returns the port, which the system chooses if it was 0
 * @throws {ConfigError} if this address or port cannot be had, naming the setting
 */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(explained(error, port, host));
    server.once("error", failed);
    server.listen({ port, host }, () => {
      server.off("error", failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function explained(error: NodeJS.ErrnoException, port: number, host: string): Error {
  const problem = problemOf(error.code, port, host);
  if (problem === undefined) return error;
  return new ConfigError([problem], { cause: error, mayPass: passing.has(error.code ?? "") });
}

/** While a machine starts, its addresses and its name server may come last. */
const passing = new Set(["EADDRINUSE", "EADDRNOTAVAIL", "EAI_AGAIN"]);

function problemOf(code: string | undefined, port: number, host: string): string | undefined {
  switch (code) {
    case "EADDRINUSE":
      return `PORT (--port) is ${port}, which another program uses already: choose another one, or 0 for any free one.`;
    case "EACCES":
      return `PORT (--port) is ${port}, which this user may not listen on: choose one above 1023.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN": // The same if no name server can be asked.
      return /^\[.+\]$/.test(host)
        ? `HOST (--host) is ${host}: write ${host.slice(1, -1)}, without the brackets of a URL.`
        : `HOST (--host) is ${host}, which is no address of this machine: write 127.0.0.1, 0.0.0.0 or ::.`;
    default:
      return undefined;
  }
}

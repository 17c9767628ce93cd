import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { httpOrigin } from "../../lib/http-origin.ts";
import type { Sandbox } from "../sandbox.ts";
import { sandboxApp, type SandboxAppOptions } from "./app.ts";

/** Options of `serveSandbox`. */
export interface ServeSandboxOptions extends SandboxAppOptions {
  /** Default: 0, any free one. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
}

/** A sandbox at an address; gone with all its connections at the end of the block that holds it. */
export interface ListeningSandbox extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** The sandbox itself goes on. */
  close(): Promise<void>;
}

/**
 * The REST API of a sandbox at an address.
 *
 * @throws the system's error if the address cannot be had, such as one with the code `EADDRINUSE`
 * @example
 * ```ts
 * await using listening = await serveSandbox(createSandbox(), { port: 4010 });
 * await fetch(`${listening.url}/sandbox/deliveries`);
 * ```
 */
export async function serveSandbox(
  sandbox: Sandbox,
  options: ServeSandboxOptions = {},
): Promise<ListeningSandbox> {
  const { port = 0, host = "127.0.0.1" } = options;
  const server = createAdaptorServer(sandboxApp(sandbox, options));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host }, () => resolve());
  });
  const { port: bound } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      if ("closeAllConnections" in server) server.closeAllConnections();
    });
  const url = httpOrigin({ isTls: false, host, port: bound });
  return { url, port: bound, close, [Symbol.asyncDispose]: close };
}

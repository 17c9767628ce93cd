import { createServer } from "node:net";
import type { Config } from "../../config/load-config.ts";
import { codeOf } from "../../lib/error-code.ts";
import { type Check, fail, ok } from "./check.ts";

/**
 * Where our own servers run; if none does, whether one can.
 *
 * @param options `isInUse`: a process without an API has the history, such as somebody's own server, or one of ours is
 *   not heard
 */
export async function checkPort(
  { host, port }: Config,
  running: readonly { readonly url: string }[],
  { isInUse }: { readonly isInUse: boolean },
): Promise<readonly Check[]> {
  if (running.length > 0) return running.map(({ url }) => ok("Port", `Hookwell runs at ${url}`));
  return [await checkFree(host, port, isInUse)];
}

async function checkFree(host: string, port: number, isInUse: boolean): Promise<Check> {
  const code = await whyNotListening(host, port);
  switch (code) {
    case undefined:
      return ok("Port", port === 0 ? "any that is free" : `${port} on ${host} is free`);
    case "EADDRINUSE":
      if (isInUse)
        return ok("Port", `${port} on ${host} is in use, which is right if your own server listens there`);
      return fail(
        "Port",
        `${port} on ${host} is in use by another program.`,
        "Choose another with PORT or --port.",
      );
    case "EACCES":
      return fail(
        "Port",
        `${port} is for the administrator alone.`,
        "Choose one above 1023 with PORT or --port.",
      );
    default:
      return fail("Port", `No program can listen on ${host} (${code}).`, "Set HOST to 127.0.0.1 or 0.0.0.0.");
  }
}

function whyNotListening(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(codeOf(error) ?? error.message));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

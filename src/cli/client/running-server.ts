import type { ReadyResponse } from "../../api/health.ts";
import type { Config } from "../../config/load-config.ts";
import { codeOf } from "../../lib/error-code.ts";
import { httpOrigin } from "../../lib/http-origin.ts";
import { type Fetch, httpFetch } from "./http-fetch.ts";
import { ownCertificate } from "./own-certificate.ts";
import { isUntrusted } from "./unreachable.ts";

/** How long a server may take to say how it is, in ms: it allows its engines 1.5 s, and may be busy. */
const helloMs = 3_500;

export interface RunningServer {
  readonly url: string;
  readonly fetch: Fetch;
}

/**
 * The Hookwell that listens at the address of these settings, if one does: a Hookwell inside another program leaves no
 * note.
 */
export async function listeningServer(
  config: Pick<Config, "host" | "port" | "tlsCert">,
): Promise<RunningServer | undefined> {
  const greeting = await greeted(ownOrigin(config), httpFetch(await ownCertificate(config)));
  return isServer(greeting) ? greeting : undefined;
}

/** Where a server with these settings is reached from this machine. */
export function ownOrigin({ host, port, tlsCert }: Pick<Config, "host" | "port" | "tlsCert">): string {
  const here: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  return httpOrigin(tlsCert !== null, here[host] ?? host, port);
}

/**
 * A server that answers; `silent`: it takes connections, but does not answer; `untrusted`: why its certificate is not
 * trusted, as a code; undefined: it is not one of ours.
 */
export type Greeting = RunningServer | "silent" | { readonly untrusted: string } | undefined;

export const isServer = (greeting: Greeting): greeting is RunningServer =>
  typeof greeting === "object" && "fetch" in greeting;

/**
 * Whatever has the port of a server that was killed may answer 200 to every question, and many programs have a page
 * /healthz; only ours tells of its queue on /readyz.
 */
export async function greeted(url: string, fetch: Fetch): Promise<Greeting> {
  const late = AbortSignal.timeout(helloMs);
  try {
    const ready = await fetch(new Request(`${url}/readyz`), late);
    const { parts } = (await ready.json()) as Partial<ReadyResponse>;
    return parts?.["queue"] === undefined ? undefined : { url, fetch };
  } catch (error) {
    if (late.aborted) return "silent";
    return isUntrusted(error) ? { untrusted: codeOf(error) ?? "" } : undefined;
  }
}

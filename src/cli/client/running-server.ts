import type { ReadyResponse } from "../../api/health.ts";
import type { Config } from "../../config/load-config.ts";
import { codeOf } from "../../lib/error-code.ts";
import { httpOrigin } from "../../lib/http-origin.ts";
import { type Fetch, httpFetch } from "./http-fetch.ts";
import { ownCertificate } from "./own-certificate.ts";
import { isUntrusted } from "../../lib/no-answer.ts";

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
  return greeting.kind === "server" ? greeting.server : undefined;
}

/** Where a server with these settings is reached from this machine. */
export function ownOrigin({ host, port, tlsCert }: Pick<Config, "host" | "port" | "tlsCert">): string {
  const here: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  return httpOrigin({ isTls: tlsCert !== null, host: here[host] ?? host, port });
}

/** What listens at an address. */
export type Greeting =
  /** It answers as ours do. */
  | { readonly kind: "server"; readonly server: RunningServer }
  /** It takes connections, but does not answer. */
  | { readonly kind: "silent" }
  /** Its certificate is not trusted; the code says why. */
  | { readonly kind: "untrusted"; readonly code: string }
  /** Nothing, or nothing of ours. */
  | { readonly kind: "none" };

/**
 * Whatever has the port of a server that was killed may answer 200 to every question, and many programs have a page
 * /healthz; only ours tells of its queue on /readyz.
 */
export async function greeted(url: string, fetch: Fetch): Promise<Greeting> {
  const late = AbortSignal.timeout(helloMs);
  try {
    const ready = await fetch(new Request(`${url}/readyz`), late);
    const { parts } = (await ready.json()) as Partial<ReadyResponse>;
    return parts?.["queue"] === undefined ? { kind: "none" } : { kind: "server", server: { url, fetch } };
  } catch (error) {
    if (late.aborted) return { kind: "silent" };
    return isUntrusted(error) ? { kind: "untrusted", code: codeOf(error) ?? "" } : { kind: "none" };
  }
}

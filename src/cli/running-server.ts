import type { ReadyResponse } from "../api/health.ts";
import type { Config } from "../config/load-config.ts";
import { type Door, readServerInfos } from "../config/server-notes.ts";
import { httpOrigin } from "../lib/http-origin.ts";
import { type Fetch, httpFetch } from "./http-fetch.ts";
import { ownCertificate } from "./own-certificate.ts";

/** How long a server may take to say that it lives, in ms. */
const helloMs = 2_000;

export interface RunningServer {
  readonly url: string;
  readonly fetch: Fetch;
  /** Its answer to `GET /healthz`. */
  readonly hello: Response;
}

/** The newest server that runs on a data folder, has this door and answers. */
export async function runningServer(
  config: Pick<Config, "data" | "tlsCert">,
  door: Door,
): Promise<(RunningServer & { readonly doorUrl: string }) | undefined> {
  const noted = await readServerInfos(config.data, door);
  const fetch = httpFetch(await ownCertificate(config));
  // Who was killed could not take its note back.
  const servers = await Promise.all(
    noted.map(async ({ url }) => {
      const server = await greeted(new URL(url).origin, fetch);
      return server && { ...server, doorUrl: url };
    }),
  );
  return servers.find((server) => server !== undefined);
}

/**
 * The Hookwell that listens at the address of these settings, if one does: one inside of another program leaves no
 * note.
 */
export async function listeningServer(
  config: Pick<Config, "host" | "port" | "tlsCert">,
): Promise<RunningServer | undefined> {
  const server = await greeted(ownOrigin(config), httpFetch(await ownCertificate(config)));
  return server !== undefined && (await isHookwell(server)) ? server : undefined;
}

/** Where a server with these settings is reached from this machine. */
export function ownOrigin({ host, port, tlsCert }: Pick<Config, "host" | "port" | "tlsCert">): string {
  const here: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  return httpOrigin(tlsCert !== null, here[host] ?? host, port);
}

async function greeted(url: string, fetch: Fetch): Promise<RunningServer | undefined> {
  try {
    const hello = await fetch(new Request(`${url}/healthz`), AbortSignal.timeout(helloMs));
    await hello.arrayBuffer();
    return hello.ok ? { url, fetch, hello } : undefined;
  } catch {
    return undefined;
  }
}

/** Many have a page /healthz; only ours tells of the queue on the other one. */
async function isHookwell({ url, fetch }: RunningServer): Promise<boolean> {
  try {
    const ready = await fetch(new Request(`${url}/readyz`), AbortSignal.timeout(helloMs));
    const { parts } = (await ready.json()) as Partial<ReadyResponse>;
    return parts?.["queue"] !== undefined;
  } catch {
    return false;
  }
}

import type { ReadyResponse } from "../api/health.ts";
import type { Config } from "../config/load-config.ts";
import { type Door, hasEnded, readServerInfos, type ServerInfo } from "../config/server-notes.ts";
import { httpOrigin } from "../lib/http-origin.ts";
import { CommandError, UsageError } from "./failure.ts";
import { type Fetch, httpFetch } from "./http-fetch.ts";
import { ownCertificate } from "./own-certificate.ts";
import { isUntrusted } from "./unreachable.ts";

/** How long a server may take to say that it lives, in ms. */
const helloMs = 2_000;

export interface RunningServer {
  readonly url: string;
  readonly fetch: Fetch;
}

/** The newest server that runs on a data folder, has this door and answers. */
export async function runningServer(
  config: Pick<Config, "data" | "tlsCert">,
  door: Door,
): Promise<(RunningServer & { readonly doorUrl: string }) | undefined> {
  for (const [{ url, pid }, greeting] of await greetAll(config, door)) {
    if (!isServer(greeting)) continue;
    // Either it was killed, and something else has its port, or it runs in another container, which numbers its
    // processes itself.
    if (hasEnded(pid) && !(await isHookwell(greeting))) continue;
    return { ...greeting, doorUrl: url };
  }
  return undefined;
}

/** Servers of a data folder that take connections and do not answer: for each a sentence for people, and what to do. */
export async function silentServers(
  config: Pick<Config, "data" | "tlsCert">,
  door: Door,
): Promise<readonly { readonly says: string; readonly cure: string }[]> {
  return notesOf("silent", await greetAll(config, door)).map(silence);
}

const silence = ({ url, pid }: ServerInfo) => ({
  says: `${new URL(url).origin} (process ${pid}) does not answer: it is paused, or a handler blocks it.`,
  cure: `If that does not change, end it (kill -9 ${pid}) and start it again: nothing that was accepted is lost.`,
});

/**
 * Why a server that runs on a data folder is not heard: it does not answer, or its certificate is not trusted here;
 * undefined if there is none.
 */
export async function whyUnheard(
  config: Pick<Config, "data" | "tlsCert">,
  door: Door,
): Promise<CommandError | UsageError | undefined> {
  const greetings = await greetAll(config, door);
  const [silent] = notesOf("silent", greetings).map(silence);
  if (silent !== undefined) return new CommandError(`${silent.says} ${silent.cure}`);
  const { data, tlsCert } = config;
  const setThem = "set HOOKWELL_TLS_CERT and HOOKWELL_TLS_KEY as they are set for it";
  if (tlsCert === null) {
    const secure = greetings
      .map(([note]) => note)
      .find(({ url, pid }) => url.startsWith("https:") && !hasEnded(pid));
    if (secure === undefined) return undefined;
    return new UsageError(
      `The Hookwell that runs on ${data} ${has[door]} at ${secure.url}: ${setThem}, so that its certificate is trusted here.`,
    );
  }
  const [untrusted] = notesOf("untrusted", greetings);
  if (untrusted === undefined) return undefined;
  return new UsageError(
    `The Hookwell that runs on ${data} ${has[door]} at ${untrusted.url} with another certificate than ${tlsCert}, or an expired one: if the file was renewed, send SIGHUP to process ${untrusted.pid}; otherwise ${setThem}.`,
  );
}

/** Those that greeted like this. If one was killed, something else may have its port, and any process its number. */
const notesOf = (
  kind: "silent" | "untrusted",
  greetings: readonly (readonly [ServerInfo, Greeting])[],
): readonly ServerInfo[] =>
  greetings.filter(([{ pid }, greeting]) => greeting === kind && !hasEnded(pid)).map(([note]) => note);

const has: Readonly<Record<Door, string>> = { api: "has its API", webhook: "takes events" };

/** Greets all servers that have left a note here. One that was killed could not remove its note. */
async function greetAll(
  config: Pick<Config, "data" | "tlsCert">,
  door: Door,
): Promise<readonly (readonly [ServerInfo, Greeting])[]> {
  const noted = await readServerInfos(config.data, door);
  const fetch = httpFetch(await ownCertificate(config));
  return Promise.all(
    noted.map(async (note) => [note, await greeted(new URL(note.url).origin, fetch)] as const),
  );
}

/**
 * The Hookwell that listens at the address of these settings, if one does: a Hookwell inside another program leaves no
 * note.
 */
export async function listeningServer(
  config: Pick<Config, "host" | "port" | "tlsCert">,
): Promise<RunningServer | undefined> {
  const server = await greeted(ownOrigin(config), httpFetch(await ownCertificate(config)));
  return isServer(server) && (await isHookwell(server)) ? server : undefined;
}

/** Where a server with these settings is reached from this machine. */
export function ownOrigin({ host, port, tlsCert }: Pick<Config, "host" | "port" | "tlsCert">): string {
  const here: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  return httpOrigin(tlsCert !== null, here[host] ?? host, port);
}

/**
 * A server that answers; `silent`: it takes connections, but does not answer; `untrusted`: it has another certificate than
 * the one that is trusted; undefined: it is not one of ours.
 */
type Greeting = RunningServer | "silent" | "untrusted" | undefined;

const isServer = (greeting: Greeting): greeting is RunningServer => typeof greeting === "object";

async function greeted(url: string, fetch: Fetch): Promise<Greeting> {
  const late = AbortSignal.timeout(helloMs);
  try {
    const hello = await fetch(new Request(`${url}/healthz`), late);
    // Whatever has the port of a server that was killed may answer 200 to every question, with a page of its own.
    await hello.json();
    return hello.ok ? { url, fetch } : undefined;
  } catch (error) {
    if (late.aborted) return "silent";
    return isUntrusted(error) ? "untrusted" : undefined;
  }
}

/** Many programs have a page /healthz; only ours also tells of its queue on /readyz. */
async function isHookwell({ url, fetch }: RunningServer): Promise<boolean> {
  try {
    const ready = await fetch(new Request(`${url}/readyz`), AbortSignal.timeout(helloMs));
    const { parts } = (await ready.json()) as Partial<ReadyResponse>;
    return parts?.["queue"] !== undefined;
  } catch {
    return false;
  }
}

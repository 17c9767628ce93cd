import type { Config } from "../../config/load-config.ts";
import { type Door, hasEnded, readServerInfos, type ServerInfo } from "../../config/folder/server-notes.ts";
import { CommandError, UsageError } from "../failure.ts";
import { httpFetch } from "./http-fetch.ts";
import { ownCertificate } from "./own-certificate.ts";
import { greeted, type Greeting, type RunningServer } from "./running-server.ts";

type Where = Pick<Config, "data" | "tlsCert">;

/** The servers that have left a note of a door on a data folder. */
export interface ServersHere {
  /** The newest that runs and answers. */
  readonly running: (RunningServer & { readonly doorUrl: string }) | undefined;
  /** Those that run and cannot be asked. */
  readonly silent: readonly SilentServer[];
}

/** A server that runs on a data folder and cannot be asked. */
export interface SilentServer {
  /** Of its door. */
  readonly url: string;
  /** True if it takes connections and does not answer; false if its certificate is not trusted here. */
  readonly isSilent: boolean;
  /** Why, in a sentence for people. */
  readonly says: string;
  readonly cure: string;
}

type Greeted = readonly [note: ServerInfo, greeting: Greeting];

/** Greets each of them once. One that was killed could not remove its note, and something else may have its port. */
export async function serversHere(where: Where, door: Door): Promise<ServersHere> {
  const notes = await readServerInfos(where.data, door);
  const fetch = httpFetch(await ownCertificate(where));
  const all = await Promise.all(
    notes.map(async (note): Promise<Greeted> => [note, await greeted(new URL(note.url).origin, fetch)]),
  );
  // If one was killed, any process may have its number.
  const alive = all.filter(([{ pid }]) => !hasEnded(pid));
  const silent = alive.flatMap(([note, greeting]) => silentServer(note, greeting, where, door) ?? []);
  const running = all.flatMap(([{ url }, greeting]) =>
    greeting.kind === "server" ? { ...greeting.server, doorUrl: url } : [],
  );
  return { running: running[0], silent };
}

/** Why a server that runs on the data folder is not heard, to be thrown; undefined if there is none. */
export function whySilent({ silent }: ServersHere): CommandError | UsageError | undefined {
  const first = silent.find(({ isSilent }) => isSilent) ?? silent[0];
  if (first === undefined) return undefined;
  const { isSilent, says, cure } = first;
  return new (isSilent ? CommandError : UsageError)(`${says} ${cure}`);
}

function silentServer(
  { url, pid }: ServerInfo,
  greeting: Greeting,
  where: Where,
  door: Door,
): SilentServer | undefined {
  if (greeting.kind === "silent") {
    return {
      url,
      isSilent: true,
      says: `${new URL(url).origin} (process ${pid}) does not answer: it is paused, or a handler blocks it.`,
      cure: `If that does not change, end it (kill -9 ${pid}) and start it again: nothing that was accepted is lost.`,
    };
  }
  if (greeting.kind !== "untrusted") return undefined;
  const [what, cure] = whyUntrusted(greeting.code, where, pid);
  const says = `The Hookwell that runs on ${where.data} ${has[door]} at ${url}${what}.`;
  return { url, isSilent: false, says, cure };
}

/** What is the matter with the certificate of a server that is not trusted here, and what to do. */
function whyUntrusted(code: string, { tlsCert }: Where, pid: number): readonly [what: string, cure: string] {
  const settings = "HOOKWELL_TLS_CERT and HOOKWELL_TLS_KEY as they are set for it";
  if (tlsCert === null)
    return [", with a certificate of its own", `Set ${settings}, so that its certificate is trusted here.`];
  if (code === "CERT_HAS_EXPIRED")
    return [
      " with a certificate that has expired",
      `Renew ${tlsCert}, unless that was done, and send SIGHUP to process ${pid}.`,
    ];
  return [
    ` with another certificate than ${tlsCert}`,
    `If the file was renewed, send SIGHUP to process ${pid}; otherwise set ${settings}.`,
  ];
}

const has: Readonly<Record<Door, string>> = { api: "has its API", webhook: "takes events" };

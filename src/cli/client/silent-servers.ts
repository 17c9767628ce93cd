import type { Config } from "../../config/load-config.ts";
import { type Door, hasEnded, type ServerInfo } from "../../config/folder/server-notes.ts";
import { CommandError, UsageError } from "../failure.ts";
import { greetAll, type Greeting } from "./running-server.ts";

type Where = Pick<Config, "data" | "tlsCert">;

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

/** If one was killed, something else may have its port, and any process its number. */
export async function silentServers(where: Where, door: Door): Promise<readonly SilentServer[]> {
  const greeted = await greetAll(where, door);
  return greeted
    .filter(([{ pid }]) => !hasEnded(pid))
    .flatMap(([note, greeting]) => silent(note, greeting, where, door) ?? []);
}

/** Why a server that runs on a data folder is not heard, to be thrown; undefined if there is none. */
export async function whySilent(where: Where, door: Door): Promise<CommandError | UsageError | undefined> {
  const all = await silentServers(where, door);
  const first = all.find(({ isSilent }) => isSilent) ?? all[0];
  if (first === undefined) return undefined;
  const { isSilent, says, cure } = first;
  return new (isSilent ? CommandError : UsageError)(`${says} ${cure}`);
}

function silent(
  { url, pid }: ServerInfo,
  greeting: Greeting,
  { data, tlsCert }: Where,
  door: Door,
): SilentServer | undefined {
  if (greeting === "silent") {
    return {
      url,
      isSilent: true,
      says: `${new URL(url).origin} (process ${pid}) does not answer: it is paused, or a handler blocks it.`,
      cure: `If that does not change, end it (kill -9 ${pid}) and start it again: nothing that was accepted is lost.`,
    };
  }
  const named = `The Hookwell that runs on ${data} ${has[door]} at ${url}`;
  const settings = "HOOKWELL_TLS_CERT and HOOKWELL_TLS_KEY as they are set for it";
  if (greeting === undefined || !("untrusted" in greeting)) return undefined;
  if (tlsCert === null) {
    const cure = `Set ${settings}, so that its certificate is trusted here.`;
    return { url, isSilent: false, says: `${named}, with a certificate of its own.`, cure };
  }
  if (greeting.untrusted === "CERT_HAS_EXPIRED") {
    const cure = `Renew ${tlsCert}, unless that was done, and send SIGHUP to process ${pid}.`;
    return { url, isSilent: false, says: `${named} with a certificate that has expired.`, cure };
  }
  const cure = `If the file was renewed, send SIGHUP to process ${pid}; otherwise set ${settings}.`;
  return { url, isSilent: false, says: `${named} with another certificate than ${tlsCert}.`, cure };
}

const has: Readonly<Record<Door, string>> = { api: "has its API", webhook: "takes events" };

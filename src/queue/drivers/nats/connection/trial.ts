import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { certificatesOf } from "../../../../lib/engines/certificates.ts";
import { type EngineHost, serverNameOf } from "../../../../lib/engines/engine-host.ts";
import type { EngineUrl } from "../../../../lib/engines/engine-url.ts";
import { isNamed } from "../errors.ts";

/** How long a server may take to greet, to agree on TLS and to refuse us, in ms in all. */
const patienceMs = 1_000;
/** How long behind its greeting a server may take to say that it has too many connections, in ms. */
const crowdedMs = 100;

/** How a server takes to somebody who does not log in. */
export interface Trial {
  readonly greets: boolean;
  /** Why it ends the connection, or cannot be reached; undefined if it does not, or does not say. */
  readonly reason?: unknown;
}

/**
 * How each host takes to us before anybody logs in. The client reports as silence, or as a broken line, what a server
 * says then: that it has too many connections; or, with TLS, that it does not accept our certificate, which it says only
 * after the connection seems ready.
 */
export const trialsOf = (url: EngineUrl): Promise<readonly Trial[]> =>
  Promise.all(url.hosts.map((host) => trialOfHost(url, host)));

/**
 * Why we are not let in; undefined if nobody says so. What one of them says, or that it lets everybody in, tells more
 * than that another is away.
 */
export function saidBy(trials: readonly Trial[]): unknown {
  const greeting = trials.filter(({ greets }) => greets);
  return (greeting.length > 0 ? greeting : trials).find(({ reason }) => reason !== undefined)?.reason;
}

async function trialOfHost(url: EngineUrl, { host, port }: EngineHost): Promise<Trial> {
  let greets = false;
  const ended = new AbortController();
  const late = AbortSignal.any([AbortSignal.timeout(patienceMs), ended.signal]);
  const plain = connect({ host, port }).on("error", heardElsewhere);
  plain.on("close", () => ended.abort());
  try {
    // The server greets before TLS begins, and so does one that has too many connections.
    let said = await hear(plain, /\r\n/, late);
    greets = true;
    const soon = AbortSignal.any([late, AbortSignal.timeout(crowdedMs)]);
    if (!refusal.test(said)) said = await hear(plain, refusal, soon).catch(() => "");
    if (said !== "") return { greets, reason: new Error(refusal.exec(said)?.[1]) };
    if (url.scheme !== "tls") return { greets };
    const secure = connectTls({ socket: plain, host, ...serverNameOf(host), ...certificatesOf(url) });
    secure.on("error", heardElsewhere);
    await once(secure, "secureConnect", { signal: late });
    await once(secure, "data", { signal: late });
    return { greets };
  } catch (error) {
    return { greets, reason: isNamed(error, "AbortError") ? undefined : error };
  } finally {
    plain.destroy();
  }
}

const refusal = /-ERR '([^']*)'/;

/** What is said up to and with this. */
async function hear(socket: Socket, what: RegExp, signal: AbortSignal): Promise<string> {
  let said = "";
  while (!what.test(said)) said += String((await once(socket, "data", { signal }))[0]);
  return said;
}

/** For errors that are heard by whoever waits for the socket. */
const heardElsewhere = (): void => undefined;

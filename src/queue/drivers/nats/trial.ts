import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { certificatesOf, type EngineUrl } from "../../../lib/engine-url.ts";
import { isNamed } from "./errors.ts";
import { connectionOptions, type NatsClient } from "./client.ts";

/** How long a server may take to greet, to agree on TLS and to take us or not, in ms in all. */
const patienceMs = 1_000;
/** How long before TLS begins a server may take to say that it has too many connections, in ms. */
const refusingMs = 100;

/** The part of a greeting that a login may need. */
interface Greeting {
  readonly nonce?: string;
}

/**
 * Why the first server ends a connection before it is used; undefined if it does not, or does not say. The client
 * reports as silence, or as a broken line, what a server says then: that it does not accept our certificate, which with
 * TLS is said only after the connection seems ready; or that it, or the account, has too many connections.
 */
export async function trialOf(client: NatsClient, url: EngineUrl): Promise<unknown> {
  const { host = "127.0.0.1", port = 4222 } = url.hosts[0] ?? {};
  const ended = new AbortController();
  const over = AbortSignal.any([AbortSignal.timeout(patienceMs), ended.signal]);
  const plain = connect({ host, port }).on("error", heardElsewhere);
  plain.on("close", () => ended.abort());
  try {
    // The server greets before TLS begins.
    const greeting = await hear(plain, /\r\n/, over);
    if (refusal.test(greeting)) return errorIn(greeting);
    if (url.scheme !== "tls") return await introduce(plain, loginOf(client, url, greeting), over);
    const soon = AbortSignal.any([over, AbortSignal.timeout(refusingMs)]);
    const refused = await hear(plain, refusal, soon).catch(() => "");
    if (refused !== "") return errorIn(refused);
    return await introduce(await secured(plain, url, over), loginOf(client, url, greeting), over);
  } catch (error) {
    return isNamed(error, "AbortError") ? undefined : error;
  } finally {
    plain.destroy();
  }
}

/** What the server has against this login. */
async function introduce(socket: Socket, login: object, signal: AbortSignal): Promise<Error | undefined> {
  socket.write(`CONNECT ${JSON.stringify(login)}\r\nPING\r\n`);
  return errorIn(await hear(socket, /-ERR .*\r\n|PONG/, signal));
}

async function secured(plain: Socket, url: EngineUrl, signal: AbortSignal): Promise<Socket> {
  const { host = "127.0.0.1" } = url.hosts[0] ?? {};
  const secure = connectTls({ socket: plain, host, ...nameOf(host), ...certificatesOf(url) });
  secure.on("error", heardElsewhere);
  await once(secure, "secureConnect", { signal });
  return secure;
}

/** What is said up to and with this. */
async function hear(socket: Socket, what: RegExp, signal: AbortSignal): Promise<string> {
  let said = "";
  while (!what.test(said)) said += String((await once(socket, "data", { signal }))[0]);
  return said;
}

function loginOf(client: NatsClient, url: EngineUrl, greeting: string): object {
  const { user, pass, token, authenticator } = connectionOptions(client, url);
  const { nonce } = JSON.parse(/\{.*\}/.exec(greeting)?.[0] ?? "{}") as Greeting;
  const signed = [authenticator ?? []].flat().map((sign) => sign(nonce));
  return Object.assign({ verbose: false, user, pass, auth_token: token }, ...signed);
}

const refusal = /-ERR '([^']*)'/;

function errorIn(said: string): Error | undefined {
  const [, reason] = refusal.exec(said) ?? [];
  return reason === undefined ? undefined : new Error(reason);
}

/** TLS asks for servers by names only, not by addresses. */
const nameOf = (host: string): { servername?: string } => (isIP(host) === 0 ? { servername: host } : {});

/** For errors that are heard by whoever waits for the socket. */
const heardElsewhere = (): void => undefined;

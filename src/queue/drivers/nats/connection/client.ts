import { checkServerIdentity, type ConnectionOptions, type PeerCertificate } from "node:tls";
import type * as JetStream from "@nats-io/jetstream";
import type * as Transport from "@nats-io/transport-node";
import { type Certificates, certificatesOf } from "../../../../lib/engines/certificates.ts";
import { addressOf } from "../../../../lib/engines/engine-host.ts";
import { valueOf } from "../../../../lib/engines/engine-keys.ts";
import { type EngineUrl, fileOf, readEngineUrl } from "../../../../lib/engines/engine-url.ts";
import { settingOf } from "../../../../lib/engines/part.ts";
import { passwordOf } from "../../../../lib/engines/password.ts";
import { loadNatsClient } from "../../../../lib/peers/peers.ts";
import { renewing } from "../../../../lib/engines/renewing.ts";
import { endingSockets } from "./sockets.ts";

/** The part of the client that this driver needs. */
export type NatsClient = Pick<
  typeof Transport,
  "connect" | "createInbox" | "credsAuthenticator" | "headers"
> &
  Pick<typeof JetStream, "jetstreamManager">;

/** Loads the two packages of the client, which are installed only by those who use NATS. */
export async function loadNats(): Promise<NatsClient> {
  const [transport, streams] = await loadNatsClient();
  const { connect, createInbox, credsAuthenticator, headers } = transport;
  return {
    connect: endingSockets(connect),
    createInbox,
    credsAuthenticator,
    headers,
    jetstreamManager: streams.jetstreamManager,
  };
}

/** How long the client waits for a server to greet, in ms. */
const greetingMs = 2_500;

/**
 * The URL as options of the client.
 *
 * @param loggingIn called when a server that has greeted is sent our login
 * @throws {RangeError} if a file that it names cannot be read, or is of no use
 */
export function connectionOptions(
  client: NatsClient,
  url: EngineUrl,
  loggingIn?: () => void,
): Transport.ConnectionOptions {
  return {
    servers: url.hosts.map(addressOf),
    name: `hookwell ${valueOf(url.keys, "name")}`,
    timeout: greetingMs,
    // A silent server is taken for lost after three of these.
    pingInterval: 3_000,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    // An operator who corrects the password must not have to restart us.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    authenticator: [
      ...(url.keys.has("credsfile") ? [client.credsAuthenticator(credentialsOf(client, url))] : []),
      loginOf(url),
      () => loggingIn?.(),
    ],
    ...(url.scheme === "tls" && { tls: tlsOf(url) }),
  };
}

/**
 * A server that is reached by an address must show a certificate for it; the client does not tell Node to check that.
 */
function tlsOf(url: EngineUrl): Certificates & Pick<ConnectionOptions, "checkServerIdentity"> {
  const identityOf = (name: string, certificate: PeerCertificate): Error | undefined => {
    // The name that Node uses if it was told none.
    const names = name === "localhost" ? url.hosts.map(({ host }) => host) : [name];
    const wrong = names.map((each) => checkServerIdentity(each, certificate));
    return wrong.includes(undefined) ? undefined : wrong[0];
  };
  return Object.assign(certificatesOf(url), { checkServerIdentity: identityOf });
}

/** @throws {ConfigError} if something in it is wrong */
export const readUrl = (client: NatsClient, text: string): EngineUrl =>
  readEngineUrl(text, settingOf("queue"), (url) => {
    if (!/^\/?$/.test(url.path))
      throw new RangeError("has a path; several Hookwells are kept apart by ?name=");
    connectionOptions(client, url);
    return url;
  });

/** The client would take an error in them, which it finds at a login, for a server that is away. */
const credentialsOf = (client: NatsClient, { keys }: EngineUrl): (() => Uint8Array) =>
  renewing(() => {
    // The client needs a line end behind each line, and one as Unix writes it.
    const text = `${(fileOf(keys, "credsfile") ?? "").replaceAll("\r\n", "\n").trimEnd()}\n`;
    const credentials = new TextEncoder().encode(text);
    try {
      client.credsAuthenticator(credentials)();
    } catch (error) {
      throw new RangeError(
        `has ?credsfile=, a file without credentials (${(error as Error).message}): name the file that nsc has written for a user`,
        { cause: error },
      );
    }
    return credentials;
  });

/** One without the other is a token; other clients of NATS take a user without a password for it, too. */
function loginOf(url: EngineUrl): Transport.Authenticator {
  const { user } = url;
  const password = passwordOf(url);
  if (password === undefined) return () => (user === undefined ? undefined : { auth_token: user });
  return () => (user === undefined ? { auth_token: password() } : { user, pass: password() });
}

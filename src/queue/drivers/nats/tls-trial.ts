import { once } from "node:events";
import { connect, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import { certificatesOf, type EngineUrl } from "../../../lib/engine-url.ts";

/** How long a server may take to greet, and after that to refuse us, in ms. */
const patienceMs = 1_000;

/**
 * Why the TLS connection to the first server ends, if it does. A server that does not accept our certificate says so
 * only after the connection seems ready, and the client reports that as if the server were silent.
 */
export async function tlsTrialOf(url: EngineUrl): Promise<unknown> {
  const { host = "127.0.0.1", port = 4222 } = url.hosts[0] ?? {};
  const late = { signal: AbortSignal.timeout(patienceMs) };
  const plain = connect({ host, port }).on("error", heardElsewhere);
  try {
    // The server greets before TLS begins.
    await once(plain, "data", late);
    const secure = connectTls({ socket: plain, host, ...nameOf(host), ...certificatesOf(url) });
    secure.on("error", heardElsewhere);
    await once(secure, "secureConnect", late);
    await once(secure, "data", late);
    return undefined;
  } catch (error) {
    return late.signal.aborted ? undefined : error;
  } finally {
    plain.destroy();
  }
}

/** TLS asks for servers by names only, not by addresses. */
const nameOf = (host: string): { servername?: string } => (isIP(host) === 0 ? { servername: host } : {});

/** For errors that are heard by whoever waits for the socket. */
const heardElsewhere = (): void => undefined;

import { once } from "node:events";
import { connect, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import { certificatesOf, type EngineUrl } from "../../../lib/engine-url.ts";

/** How long a server may take to greet, and then to say that it does not know us, in ms. */
const patienceMs = 1_000;

/**
 * Why the TLS of the first server ends, if it does. A server that does not know us says so only when all seems well; the
 * client tells of that as of a server that is silent.
 */
export async function tlsTrialOf(url: EngineUrl): Promise<unknown> {
  const { host = "127.0.0.1", port = 4222 } = url.hosts[0] ?? {};
  const late = { signal: AbortSignal.timeout(patienceMs) };
  const plain = connect({ host, port }).on("error", heardElsewhere);
  try {
    // It greets without TLS.
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

/** Servers are asked for by their names only. */
const nameOf = (host: string): { servername?: string } => (isIP(host) === 0 ? { servername: host } : {});

/** By whoever waits for the socket then. */
const heardElsewhere = (): void => undefined;

import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import type { Config } from "../../config/load-config.ts";

/** The certificates of our own server, PEM; undefined if it has none, or they cannot be read. */
export const ownCertificate = async ({ tlsCert }: Pick<Config, "tlsCert">): Promise<string | undefined> =>
  tlsCert === null ? undefined : readFile(tlsCert, "utf8").catch(() => undefined);

/**
 * Trusts the one server that has these certificates, whatever name they are made out to: a local server is reached as
 * 127.0.0.1, its certificate names its public host.
 *
 * @param pinned PEM; without it, Node decides whom to trust
 */
export const pinnedTls = (
  pinned: string | undefined,
): Pick<ConnectionOptions, "ca" | "allowPartialTrustChain" | "checkServerIdentity"> =>
  pinned === undefined
    ? {}
    : { ca: pinned, allowPartialTrustChain: true, checkServerIdentity: () => undefined };

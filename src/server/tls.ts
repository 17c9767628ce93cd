import { createSecureContext } from "node:tls";
import { ConfigError } from "../errors.ts";
import { readPemFile } from "../lib/pem-file.ts";

/** Paths of a certificate chain and its private key, PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * Reads certificate and key, and makes sure that they belong together.
 *
 * @throws {ConfigError} naming the setting
 */
export async function readTls({ cert, key }: TlsFiles): Promise<TlsPair> {
  const pair = {
    cert: await readPemFile(cert, "HOOKWELL_TLS_CERT (--tls-cert)"),
    key: await readPemFile(key, "HOOKWELL_TLS_KEY (--tls-key)"),
  };
  try {
    createSecureContext(pair);
    return pair;
  } catch (cause) {
    const problem =
      `HOOKWELL_TLS_CERT is ${cert} and HOOKWELL_TLS_KEY is ${key}, which are not a certificate and its key ` +
      `(${(cause as Error).message}): name two PEM files that belong together.`;
    throw new ConfigError([problem], { cause });
  }
}

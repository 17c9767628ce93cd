import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { ConfigError } from "../errors.ts";

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
    cert: await read(cert, "HOOKWELL_TLS_CERT (--tls-cert)"),
    key: await read(key, "HOOKWELL_TLS_KEY (--tls-key)"),
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

async function read(path: string, setting: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const problem = `${setting} is ${path}, which cannot be read: name a PEM file that this user may read.`;
    throw new ConfigError([problem], { cause });
  }
}

import type { PoolConfig } from "pg";
import type { Host } from "./hosts.ts";
import { type CertificateKeys, certificatesOf } from "../engines/certificates.ts";
import { valueOf } from "../engines/engine-keys.ts";
import { type EngineUrl, readEngineUrl } from "../engines/engine-url.ts";
import { passwordOf } from "../engines/password.ts";

/** What a URL of PostgreSQL says. */
export interface PostgresSettings {
  readonly config: PoolConfig;
  /** One host, or several, one of which takes writes at a time. */
  readonly hosts: readonly Host[];
  readonly schema: string;
  /** For people: without the password. */
  readonly shown: string;
}

/**
 * @param setting the setting that holds the URL
 * @throws {ConfigError} if it cannot be used
 */
export const settingsOf = (text: string, setting: string): PostgresSettings =>
  readEngineUrl(text, setting, (url) => ({
    config: {
      ...loginOf(url),
      ssl: tlsOf(url.keys),
      password: passwordOf(url),
    },
    hosts: hostsOf(url.hosts),
    schema: valueOf(url.keys, "schema"),
    shown: url.shown,
  }));

/** As whom, and in which database. */
export function loginOf({ user = "postgres", path }: EngineUrl): { user: string; database: string } {
  // Nobody would find out why the server does not know such a database.
  if (path.lastIndexOf("/") > 0) {
    throw new RangeError(
      "names a database with a / in it; write that as %2F, or a folder of sockets as the host, such as %2Frun%2Fpostgresql",
    );
  }
  const database = decodeURIComponent(path.slice(1));
  return { user, database: database === "" ? user : database };
}

export const hostsOf = (hosts: EngineUrl["hosts"]): readonly Host[] =>
  hosts.map(({ host, port }) => ({ ...placeOf(host), port }));

/** A folder of sockets is written as for libpq, with %2F for each slash. */
function placeOf(text: string): Omit<Host, "port"> {
  try {
    const host = decodeURIComponent(text);
    return host.startsWith("/") ? { host, ssl: false } : { host };
  } catch {
    throw new RangeError(
      "has a host with a % that encodes nothing; only a folder of sockets has some, such as %2Frun",
    );
  }
}

const certificateKeys: CertificateKeys = { ca: "sslrootcert", cert: "sslcert", key: "sslkey" };

/** As libpq understands `sslmode`. */
function tlsOf(keys: ReadonlyMap<string, string>): PoolConfig["ssl"] {
  const mode = valueOf(keys, "sslmode");
  if (mode === "disable") {
    const unused = Object.values(certificateKeys).find((key) => keys.has(key));
    if (unused === undefined) return false;
    throw new RangeError(`has ?${unused}=, but speaks no TLS: add sslmode=verify-full, or leave it out`);
  }
  const isChecked = mode !== "require" || keys.has("sslrootcert");
  return Object.assign(certificatesOf({ keys }, certificateKeys), {
    rejectUnauthorized: isChecked,
    ...(isChecked && mode !== "verify-full" && { checkServerIdentity: anyName }),
  });
}

const anyName = (): undefined => undefined;

import type { PoolConfig } from "pg";
import { ConfigError } from "../../errors.ts";
import { certificatesOf, parseEngineUrl } from "../engine-url.ts";

/** What a URL of PostgreSQL says. */
export interface PostgresSettings {
  readonly config: PoolConfig;
  readonly schema: string;
  /** For people: without the password. */
  readonly shown: string;
}

/**
 * @param setting that the URL is of
 * @throws {ConfigError} if it cannot be used
 */
export function settingsOf(url: string, setting: string): PostgresSettings {
  try {
    const { user, password, hosts, path, keys, shown } = parseEngineUrl(url);
    const [first, ...others] = hosts;
    if (others.length > 0)
      throw new RangeError("names several hosts; write the one that leads, or that of a pooler");
    const database = decodeURIComponent(path.slice(1));
    const config = {
      host: first?.host ?? "127.0.0.1",
      port: first?.port ?? 5432,
      user: user ?? "postgres",
      database: database === "" ? (user ?? "postgres") : database,
      ssl: tlsOf(keys),
      ...(password !== undefined && { password }),
    };
    return { config, schema: keys.get("schema") ?? "hookwell", shown };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof URIError)) throw error;
    throw new ConfigError([`${setting} ${error.message}.`]);
  }
}

/** As libpq understands `sslmode`, but `prefer` and `allow`, which protect nobody, are refused. */
function tlsOf(keys: ReadonlyMap<string, string>): PoolConfig["ssl"] {
  const mode = keys.get("sslmode") ?? "disable";
  if (!["disable", "require", "verify-ca", "verify-full"].includes(mode)) {
    throw new RangeError("has an sslmode that is none of disable, require, verify-ca and verify-full");
  }
  if (mode === "disable") return false;
  return {
    rejectUnauthorized: mode !== "require",
    ...(mode === "verify-ca" && { checkServerIdentity: () => undefined }),
    ...certificatesOf({ keys }, ["sslrootcert", "sslcert", "sslkey"]),
  };
}

import { type Certificates, certificatesOf } from "../../../../lib/engines/certificates.ts";
import type { EngineHost } from "../../../../lib/engines/engine-host.ts";
import { valueOf } from "../../../../lib/engines/engine-keys.ts";
import { type EngineUrl, readEngineUrl } from "../../../../lib/engines/engine-url.ts";
import { settingOf } from "../../../../lib/engines/part.ts";
import { passwordOf } from "../../../../lib/engines/password.ts";

/** Where a Hookwell's queue is, taken from the URL. */
export interface RedisPlace {
  /** Servers to try; with `sentinel` the sentinels, with `cluster` any nodes. */
  readonly hosts: readonly EngineHost[];
  readonly user: string | undefined;
  /** To be asked for at each connection. */
  readonly password: (() => string) | undefined;
  readonly database: number;
  /** Options of `node:tls`; undefined: plain. */
  readonly tls: Certificates | undefined;
  /** All keys begin with it. It is a hash tag, which keeps them in one slot of a cluster. */
  readonly prefix: string;
  /** The name of a master that sentinels watch. */
  readonly sentinel: string | undefined;
  readonly cluster: boolean;
  /** How many replicas must have confirmed before a send resolves. */
  readonly replicas: number;
  /** For people: without the password. */
  readonly shown: string;
}

/** @throws {ConfigError} that says what to write instead */
export const redisPlace = (text: string): RedisPlace => readEngineUrl(text, settingOf("queue"), placeOf);

function placeOf(url: EngineUrl): RedisPlace {
  const sentinel = url.keys.get("sentinel");
  const cluster = valueOf(url.keys, "cluster") === "true";
  if (sentinel === "") throw new RangeError("has an empty ?sentinel=; write the name of the master");
  if (sentinel !== undefined && cluster) {
    throw new RangeError(
      "has ?sentinel= and ?cluster=; a server is watched by sentinels or part of a cluster",
    );
  }
  const database = databaseOf(url.path);
  if (cluster && database !== 0) throw new RangeError("names a database; a cluster has only /0");
  return {
    hosts: url.hosts,
    user: url.user,
    password: passwordOf(url),
    database,
    tls: url.scheme === "rediss" ? certificatesOf(url) : undefined,
    prefix: `{${valueOf(url.keys, "name")}}`,
    sentinel,
    cluster,
    replicas: Number(valueOf(url.keys, "wait")),
    shown: url.shown,
  };
}

function databaseOf(path: string): number {
  const [, digits] = /^\/?(\d{0,5})$/.exec(path) ?? [];
  if (digits === undefined) throw new RangeError("has a path that is no database number, such as /0");
  return Number(digits);
}

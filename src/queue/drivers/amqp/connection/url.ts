import { type GuardedOptions, mostFrameBytes } from "./guarded-connection.ts";
import { certificatesOf } from "../../../../lib/engines/certificates.ts";
import { valueOf } from "../../../../lib/engines/engine-keys.ts";
import { type EngineUrl, readEngineUrl } from "../../../../lib/engines/engine-url.ts";
import { settingOf } from "../../../../lib/engines/part.ts";
import { passwordOf } from "../../../../lib/engines/password.ts";

/** The user, and also the password, if the URL names no user. */
export const guest = "guest";

/** A URL that names a RabbitMQ, understood. */
export interface AmqpTarget {
  readonly url: EngineUrl;
  /** The root of all names on the server. */
  readonly name: string;
  readonly connection: GuardedOptions;
  /** How many messages of a shard a worker may hold. */
  readonly prefetch: number;
}

/**
 * Understands the URL.
 *
 * @throws {ConfigError} if it is wrong
 */
export const amqpTarget = (text: string): AmqpTarget =>
  readEngineUrl(text, settingOf("queue"), (url) => ({
    url,
    name: valueOf(url.keys, "name"),
    connection: connectionOf(url),
    prefetch: Number(valueOf(url.keys, "prefetch")),
  }));

function connectionOf(url: EngineUrl): GuardedOptions {
  return {
    // The client would cut an IPv6 address at its first colon; the guarded connection decodes it.
    hosts: url.hosts.map(({ host, port }) => `${encodeURIComponent(host)}:${port}`),
    username: url.user ?? guest,
    password: passwordOf(url) ?? (() => (url.user === undefined ? guest : "")),
    vhost: vhostOf(url),
    ...(url.scheme === "amqps" && { tls: certificatesOf(url) }),
    heartbeat: Number(valueOf(url.keys, "heartbeat")),
    connectionTimeout: 5_000,
    acquireTimeout: 5_000,
    retryLow: 250,
    retryHigh: 5_000,
    // As large as the server offers, so that large bodies are cut into fewer parts.
    frameMax: mostFrameBytes,
    noDelay: true,
  };
}

function vhostOf({ path }: EngineUrl): string {
  try {
    return path.length > 1 ? decodeURIComponent(path.slice(1)) : "/";
  } catch {
    throw new RangeError("has a virtual host with a % that encodes nothing; write it as %25");
  }
}

import { ConfigError } from "../../../../errors.ts";
import type { RedisPlace } from "./url.ts";
import type { EngineHost } from "../../../../lib/engines/engine-host.ts";
import { queueUrlError } from "../../../../lib/engines/engine-url.ts";
import { isError } from "../../../../lib/is-error.ts";
import { tlsProblemOf } from "../../../../lib/engines/tls-alert.ts";

/** The server's reason. For a transaction or, on older servers, for a script, it stands behind other words. */
const reason = (...codes: readonly string[]): RegExp => new RegExp(`(?:^|: -?)(?:${codes.join("|")}) `);

/**
 * The server is alive, but another one must be looked for, or this one again after a while: it became a replica, no
 * longer holds the keys, or forgot who we are.
 */
const elsewhere = reason("READONLY", "MOVED", "ASK", "CLUSTERDOWN", "MASTERDOWN", "LOADING", "NOAUTH");
const memoryFull = reason("OOM");
const full = reason("OOM", "MISCONF", "NOREPLICAS");

const says = (error: unknown, ...any: readonly RegExp[]): boolean =>
  isError(error) && any.some((words) => words.test(error.message));

export const isMisplaced = (error: unknown): boolean => says(error, elsewhere, /with replica instances/);

/** The server has no memory left. */
export const isMemoryFull = (error: unknown): boolean => says(error, memoryFull);

/** The server has no room for any message: in its memory, on its disk, or on the replicas that it needs. */
export const isFull = (error: unknown): boolean => says(error, full);

export const isLoginRefused = (error: unknown): boolean =>
  isError(error) && /^(WRONGPASS|NOAUTH)|\bAUTH\b.*(password|argument)/.test(error.message);

/** The address in a reply such as `MOVED 42 10.0.0.7:6379`. */
export function movedTo(error: unknown): EngineHost | undefined {
  const [, host, port] = (isError(error) && /^MOVED \d+ (.*):(\d+)$/.exec(error.message)) || [];
  return host === undefined || host === "" ? undefined : { host, port: Number(port) };
}

/** The error for whoever set the URL, if the server refuses for a reason that stays; undefined if it may pass. */
export function refusalOf(error: unknown, place: RedisPlace): ConfigError | undefined {
  if (error instanceof ConfigError) return error;
  if (!isError(error)) return undefined;
  const tlsCure =
    place.tls === undefined ? "use rediss:" : "check its certificate and ?cacertfile=, or use redis:";
  const problem = problemOf(error, place) ?? tlsProblemOf(error, place.shown, tlsCure, whereNamed(place));
  return problem === undefined ? undefined : queueUrlError(problem, error);
}

function problemOf(error: Error, { shown, password, sentinel }: RedisPlace): string | undefined {
  const { message } = error;
  if (isLoginRefused(error)) {
    const form = "redis://user:password@host, or redis://:password@host if it has no users";
    return password === undefined
      ? `names no password, and Redis at ${shown} asks for one; write ${form}`
      : `names a user or password that Redis at ${shown} refuses; correct them`;
  }
  if (says(error, reason("NOPERM"), /ACL failure in script|user executing the script/)) {
    const [, lacking] = /has (no permissions to run the '[^']+' command)/.exec(message) ?? [];
    const which = lacking === undefined ? "" : ` (${lacking})`;
    const rights = "keys, channel and commands that docs/engines/redis.md lists";
    return `names a user who lacks permissions at ${shown}${which}; allow the ${rights}`;
  }
  if (/DB index|SELECT is not allowed/.test(message)) {
    return `names a database that Redis at ${shown} does not have; use /0`;
  }
  if (/unknown command '?SENTINEL/i.test(message)) {
    return `has ?sentinel=, but ${shown} is no sentinel; name sentinels, or leave it out`;
  }
  if (sentinel === undefined && /unknown command '?EVAL/i.test(message)) {
    const cure =
      "if they are sentinels, add ?sentinel= with the name of their master; else leave EVAL and EVALSHA out of rename-command";
    return `names hosts at ${shown} that know no scripts (EVAL, EVALSHA); ${cure}`;
  }
  return message.startsWith("MOVED")
    ? `names a node of a Redis cluster at ${shown}; add ?cluster=true`
    : undefined;
}

/** Where a host that is not in the URL was named. */
function whereNamed({ sentinel, cluster }: RedisPlace): string {
  if (sentinel !== undefined)
    return ", also for the sentinels (sentinel monitor, sentinel announce-hostnames, replica-announce-ip)";
  return cluster ? ", also for the nodes (cluster-announce-hostname, cluster-preferred-endpoint-type)" : "";
}

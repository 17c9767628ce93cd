import { readFileSync } from "node:fs";
import { ConfigError } from "../../errors.ts";
import { type EngineHost, hostOf, usualPortOf } from "./engine-host.ts";
import { engineKeys, keysOf } from "./engine-keys.ts";
import { settingOf } from "./part.ts";

/** The URL of an engine, taken apart. */
export interface EngineUrl {
  /** Without the colon, such as `amqps`. */
  readonly scheme: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** One, or the nodes of a cluster, which stand beside each other with commas between them. */
  readonly hosts: readonly EngineHost[];
  /** What stands between the hosts and the question mark, from its slash on; may be empty. */
  readonly path: string;
  /** The query. */
  readonly keys: ReadonlyMap<string, string>;
  /** For people: without the password, and without a user that is a token. */
  readonly shown: string;
  /** The same without any user. */
  readonly place: string;
}

/** There, a user without any password is a token, and so a secret. */
const isNats = (scheme: string): boolean => ["nats", "tls"].includes(scheme.toLowerCase());

/** Taken apart by hand, since no other parser takes the commas between several hosts. */
const shape = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#@]*)@)?([^/?#@]*)(\/[^?#]*)?(?:\?([^#]*))?$/i;

/** As in URLs for libpq, whose form for it in front of the path is ours, too. */
const hostAsKey =
  "has ?host=; write the host behind the //, and a folder of sockets of PostgreSQL as %2Fvar%2Frun%2Fpostgresql";

const noUrl =
  "is not a URL of the form scheme://user:password@host:port; in a password, write @ / ? # as %40 %2F %3F %23";

/**
 * Takes the URL of an engine apart.
 *
 * @throws {RangeError} what is wrong with it, as the end of a sentence that begins with the setting; it quotes no part
 *   of the URL that could be a password
 *
 * @example
 * ```ts
 * parseEngineUrl("amqp://user:secret@one:5672,two:5672/host?name=orders").hosts.length; // 2
 * ```
 */
export function parseEngineUrl(text: string): EngineUrl {
  const [, scheme, login, authority = "", path = "", query = ""] = shape.exec(text) ?? [];
  if (scheme === undefined || path.includes("@")) throw new RangeError(noUrl);
  const pairs = [...new URLSearchParams(query)];
  const keys = new Map(pairs);
  const known = keysOf(scheme.toLowerCase());
  const unknown = [...keys.keys()].find((key) => !known.includes(key));
  // What looks like a key may be the rest of a password with a question mark.
  if (unknown !== undefined && query.includes("@")) throw new RangeError(noUrl);
  if (unknown === "host") throw new RangeError(hostAsKey);
  if (unknown !== undefined) throw new RangeError(`has ?${unknown}=; ${scheme}: knows ${known.join(", ")}`);
  const twice = pairs.find(([key], at) => pairs.findIndex(([first]) => first === key) < at);
  if (twice !== undefined) throw new RangeError(`has ?${twice[0]}= twice`);
  for (const [key, value] of keys) checkValue(key, value);
  if (authority.includes("%") && !/^postgres/i.test(scheme)) {
    throw new RangeError("has a host with a %; a folder of sockets can stand there only for PostgreSQL");
  }
  const colon = login?.indexOf(":") ?? -1;
  const user = colon < 0 ? login : login?.slice(0, colon);
  const password = colon < 0 ? undefined : login?.slice(colon + 1);
  const hasPasswordFile = keys.has("passwordfile");
  if (colon >= 0 && hasPasswordFile)
    throw new RangeError("has a password and ?passwordfile=; keep one of them");
  const isToken = colon < 0 && isNats(scheme) && !hasPasswordFile;
  const hosts = authority.split(",");
  if (hosts.length > 1 && hosts.includes(""))
    throw new RangeError("has a comma without a host before or after it");
  const usualPort = usualPortOf(scheme.toLowerCase(), keys);
  const shownUser = user === undefined || user === "" || isToken ? "" : `${user}@`;
  return {
    scheme: scheme.toLowerCase(),
    user: decoded(user),
    password: decoded(password),
    hosts: hosts.map((host) => hostOf(host, usualPort)),
    path,
    keys,
    shown: `${scheme}://${shownUser}${authority}${path}`,
    place: `${scheme}://${authority}${path}`,
  };
}

/**
 * An error about the URL of the queue.
 *
 * @param problem the end of a sentence that begins with the setting, without its full stop
 */
export const queueUrlError = (problem: string, cause?: unknown): ConfigError =>
  new ConfigError([`${settingOf("queue")} ${problem}.`], { cause });

/**
 * What a client needs of a URL.
 *
 * @param setting the setting that holds the URL
 * @param read throws an error like those of `parseEngineUrl` if something in it is wrong
 * @throws {ConfigError} if something is
 */
export function readEngineUrl<T>(text: string, setting: string, read: (url: EngineUrl) => T): T {
  try {
    return read(parseEngineUrl(text));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof URIError)) throw error;
    throw new ConfigError([`${setting} ${error.message}.`]);
  }
}

/** Whether it is a server; else it is a file of this machine, or the memory of this process. */
export const isServer = (url: string): boolean => /^(?!sqlite:)[^/]*:\/\//i.test(url);

/** Whether it is the URL of a PostgreSQL. */
export const isPostgres = (url: string): boolean => /^postgres(ql)?:/i.test(url);

/** An engine, for people: without the password, with the key that keeps several apart. */
export const shownEngine = (url: string): string =>
  isServer(url) ? withName(parseEngineUrl(url), ({ shown }) => shown) : url;

/**
 * What tells one engine from another, for people. Most are the same one for every user, such as a receiver's with fewer
 * rights than a worker's.
 */
export const nameOfEngine = (url: string): string =>
  isServer(url)
    ? withName(parseEngineUrl(url), (parsed) => (isPerUser(parsed) ? parsed.shown : parsed.place))
    : url;

function withName(url: EngineUrl, shownAs: (url: EngineUrl) => string): string {
  const named = ["name", "schema"].find((key) => url.keys.has(key));
  return named === undefined ? shownAs(url) : `${shownAs(url)}?${named}=${url.keys.get(named)}`;
}

/** A user of NATS may be of another account, with streams of its own; one of PostgreSQL names a database left out. */
const isPerUser = ({ scheme, path }: EngineUrl): boolean =>
  isNats(scheme) || (isPostgres(`${scheme}:`) && path.length <= 1);

/** The text of the file that a key names; undefined if the URL lacks it. @throws {RangeError} if it cannot be read */
export function fileOf(keys: EngineUrl["keys"], key: string): string | undefined {
  const file = keys.get(key);
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new RangeError(unreadableFile(key, (error as Error).message), { cause: error });
  }
}

/** The end of a sentence that begins with the setting. */
export const unreadableFile = (key: string, why: string): string =>
  `has ?${key}=, a file that cannot be read (${why})`;

function checkValue(key: string, value: string): void {
  const takes = engineKeys[key]?.takes;
  if (takes?.matches.test(value) === false) throw new RangeError(`has a ?${key}= that is not ${takes.words}`);
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined || text === "" ? undefined : decodeURIComponent(text);
  } catch {
    throw new RangeError("has a user or a password with a % that encodes nothing; write it as %25");
  }
}

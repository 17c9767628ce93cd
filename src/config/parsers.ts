import { count } from "../lib/amounts.ts";
import { parseEngineUrl } from "../lib/engines/engine-url.ts";

/** What a parser makes of something that a person wrote: a value, or what they should have written. */
export type Parsed<T> = { readonly value: T } | { readonly expected: string };

/** Takes a string (environment, flags) or any value (configuration file). */
export type Parser<T> = (raw: unknown) => Parsed<T>;

/** A whole number from `least` to `most`; in text, `_` may separate digits. */
export function wholeNumber(least: number, most: number): Parser<number> {
  const expected = `a whole number from ${count(least)} to ${count(most)}`;
  return (raw) => {
    const value = typeof raw === "string" && /^\d[\d_]*$/.test(raw) ? Number(raw.replaceAll("_", "")) : raw;
    if (!Number.isSafeInteger(value)) return { expected };
    const number = Number(value);
    return number >= least && number <= most ? { value: number } : { expected };
  };
}

/** A number with a unit, such as `30s` or `16mb`; without one it is in the smallest unit. */
function measure(
  units: Readonly<Record<string, number>>,
  least: number,
  most: number,
  expected: string,
): Parser<number> {
  return (raw) => {
    // Not every value can be made into text: a module that is imported whole cannot.
    const written = typeof raw === "string" || typeof raw === "number" ? String(raw).trim() : "";
    const [, figure = "", unit = ""] = /^(\d[\d_]*(?:\.\d+)?)\s*([a-z]*)$/i.exec(written) ?? [];
    const factor = unit === "" ? 1 : units[unit.toLowerCase()];
    if (figure === "" || factor === undefined) return { expected };
    const value = Math.round(Number(figure.replaceAll("_", "")) * factor);
    return value >= least && value <= most ? { value } : { expected };
  };
}

const milliseconds = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** A span of time, read as milliseconds; `30s`, `5m` and `1h` are understood. */
export function duration(leastMs: number, mostMs: number): Parser<number> {
  const expected = `milliseconds from ${count(leastMs)} to ${count(mostMs)}, or a form such as 30s, 5m or 1h`;
  return measure(milliseconds, leastMs, mostMs, expected);
}

/** Days; `30d` is understood. */
export function days(least: number, most: number): Parser<number> {
  return measure({ d: 1, day: 1, days: 1 }, least, most, `days from ${count(least)} to ${count(most)}`);
}

const bytesOf = {
  b: 1,
  kb: 1_024,
  kib: 1_024,
  mb: 1_048_576,
  mib: 1_048_576,
  gb: 1_073_741_824,
  gib: 1_073_741_824,
};

/** A size, read as bytes; `500kb` and `16mb` are understood, in steps of 1,024. */
export function size(least: number, most: number): Parser<number> {
  const expected = `bytes from ${count(least)} to ${count(most)}, or a form such as 500kb or 16mb`;
  return measure(bytesOf, least, most, expected);
}

/** One of a few words. */
export function oneOf<T extends string>(words: readonly T[]): Parser<T> {
  const expected = `one of ${words.join(", ")}`;
  return (raw) => {
    const word = words.find((word) => word === raw);
    return word === undefined ? { expected } : { value: word };
  };
}

/** Text that is not empty and has no control characters in it. */
export function text(expected: string): Parser<string> {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const unusable = /^\s*$|[\u0000-\u001f\u007f]/;
  return (raw) => (typeof raw === "string" && !unusable.test(raw) ? { value: raw } : { expected });
}

/** A path of this machine; an address that stands there by mistake, perhaps with a password, is none. */
export function path(expected: string): Parser<string> {
  const parse = text(expected);
  return (raw) => {
    const parsed = parse(raw);
    return "value" in parsed && /^[\w+.-]+:\/\//.test(parsed.value) ? { expected } : parsed;
  };
}

/** An IP address or the name of a host. */
export const host: Parser<string> = (raw) =>
  typeof raw === "string" && /^[^\s/@\p{Cc}]+$/u.test(raw)
    ? { value: raw }
    : { expected: "an address or a host name, such as 127.0.0.1 or 0.0.0.0" };

/**
 * Text that arrives in a header as it was sent: clients encode other characters differently, and HTTP drops spaces at
 * the ends.
 */
export function headerText(expected: string): Parser<string> {
  return (raw) => (typeof raw === "string" && isHeaderText(raw) ? { value: raw } : { expected });
}

export const isHeaderText = (text: string): boolean => /^[!-~]([ -~]*[!-~])?$/.test(text);

const ownPages = ["/api", "/console", "/healthz", "/readyz", "/metrics"];

/** Path of the webhook endpoint. */
export const webhookPath: Parser<string> = (raw) => {
  const expected = `a path that begins with a single /, is written as in a URL (a space as %20, and no ? or #), has no . or .. as a step, and is not one of our own pages (${ownPages.join(", ")})`;
  if (typeof raw !== "string" || !/^\/[\w\-./~!$&'()*+,;=:@%]*$/.test(raw)) return { expected };
  const taken = ownPages.some((page) => raw === page || raw.startsWith(`${page}/`));
  return taken || !isAskedFor(raw) ? { expected } : { value: raw };
};

/**
 * Whether clients ask for a path as it is written: they take the beginning of `//host` for a host, and resolve steps
 * such as `..`.
 */
function isAskedFor(path: string): boolean {
  const origin = "http://localhost";
  return URL.canParse(path, origin) && new URL(path, origin).href === `${origin}${path}`;
}

const embedded = ["sqlite", "memory"];

/** What to write instead of the URL of an embedded engine; undefined if it can stay. */
function expectedOfEmbedded(scheme: string, rest: string): string | undefined {
  if (rest.includes("?")) return "it without a query";
  if (scheme !== "sqlite") return undefined;
  if (/^(?:\/\/)?:memory:$/.test(rest)) return "memory: for one in the memory of this process";
  // Behind two slashes, other URLs have a host. Here `//data/queue.db` would be a file in a folder of the disk's root.
  const isLikeHost = /^\/\/(?!\/)/.test(rest);
  return isLikeHost ? "sqlite:file.db or sqlite:/path/to/file.db, without two slashes" : undefined;
}

/**
 * URL of an engine: `sqlite:` (a file in the data folder), `sqlite:path/to/file.db`, `memory:`, or that of a server.
 *
 * @param servers the schemes of servers that this setting takes
 */
export function engineUrl(servers: readonly string[]): Parser<string> {
  const known = ["sqlite: (a file in the data folder)", "sqlite:path/to/file.db", "memory:"];
  const expected = `a URL: ${[...known, ...servers.map((scheme) => `${scheme}://…`)].join(", ")}`;
  return (raw) => {
    if (typeof raw !== "string") return { expected };
    const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):(.*)$/s.exec(raw) ?? [];
    // Not everything that reads a file of settings removes quotes; `docker run --env-file` does not.
    if (/^["']/.test(raw)) return { expected: "it without the quotes around it" };
    if (embedded.includes(scheme)) {
      const expectedHere = expectedOfEmbedded(scheme, rest);
      return expectedHere === undefined ? { value: raw } : { expected: expectedHere };
    }
    if (!servers.includes(scheme)) return { expected };
    try {
      parseEngineUrl(raw);
      return { value: raw };
    } catch (error) {
      return { expected: `another URL, since this one ${(error as Error).message}` };
    }
  };
}

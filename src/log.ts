import { inspect } from "node:util";
import { isError } from "./lib/is-error.ts";
import { printableJson } from "./lib/printable.ts";

/**
 * Fields of a log line. Never put a secret or a payload into them. In a line of JSON, `time`, `level` and `fact` are its
 * own; fields with these names appear as `time_`, `level_` and `fact_`.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Takes log lines: a fact, which is a name such as `event.failed`, and its fields. */
export interface Log {
  debug(fact: string, fields?: LogFields): void;
  info(fact: string, fields?: LogFields): void;
  warn(fact: string, fields?: LogFields): void;
  error(fact: string, fields?: LogFields): void;
}

/** From the least grave on; `silent` is graver than everything, so with it nothing is written. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
/** How severe a fact must be to be logged; `silent` logs nothing. */
export type LogLevel = (typeof logLevels)[number];

/**
 * The default log: one JSON object per line, for programs.
 *
 * @param least the least severe level that is written; `silent` writes nothing
 * @param write gets each line with its line break
 * @param now the time of a fact, in ms since 1970
 * @example
 * ```ts
 * const log = jsonLog("info", (line) => process.stderr.write(line));
 * log.info("server.listening", { url: "http://127.0.0.1:3000/" });
 * ```
 */
export function jsonLog(least: LogLevel, write: (line: string) => void, now: () => number = Date.now): Log {
  return leveledLog(least, (level, fact, fields) => {
    const own = { time: new Date(now()).toISOString(), level, fact };
    write(`${printableJson(jsonOf({ ...own, ...namedApart(fields, own) }))}\n`);
  });
}

/** Under other names than those of the line itself (`time_`), which no handler may change. */
function namedApart(fields: LogFields | undefined, own: LogFields): LogFields {
  const entries = Object.entries(fields ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [Object.hasOwn(own, key) ? `${key}_` : key, value]),
  );
}

/** Handlers in plain JavaScript log anything; a line that cannot be written must not make their event fail. */
function jsonOf(line: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(line, (_, value: unknown) => readable(value));
  } catch {
    const words = Object.entries(line).map(([key, value]) => [key, describe(value)]);
    return JSON.stringify(Object.fromEntries(words));
  }
}

/** JSON keeps nothing of an error, and fails at a `bigint`. */
const readable = (value: unknown): unknown =>
  isError(value) || typeof value === "bigint" ? describe(value) : value;

/** A log that passes on what is at least as grave as `least`; with `silent` that is nothing. */
export function leveledLog(
  least: LogLevel,
  emit: (level: keyof Log, fact: string, fields: LogFields | undefined) => void,
): Log {
  const at = (level: keyof Log): Log["info"] =>
    logLevels.indexOf(level) < logLevels.indexOf(least)
      ? () => undefined
      : (fact, fields) => emit(level, fact, fields);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Says nothing; the default of the library. */
export const silentLog: Log = leveledLog("silent", () => undefined);

const inspectLine = (value: unknown): string => inspect(value, { depth: 1, breakLength: Infinity });

/** Any value as text: anything can be thrown or logged, even what throws when it is looked at. */
export function describe(value: unknown): string {
  try {
    const hasFields = typeof value === "object" && !isError(value);
    return (hasFields ? inspectLine : String)(value);
  } catch {
    return typeof value;
  }
}

/** An error as log fields: what a reader needs, without a stack of our own. */
export function errorFields(error: unknown): LogFields {
  if (!isError(error)) return { error: String(error) };
  const cause = isError(error.cause) ? error.cause.message : undefined;
  const isSaid = cause === undefined || error.message.includes(cause);
  return { error: error.message, ...(isSaid ? {} : { cause }) };
}

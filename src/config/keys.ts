import { tmpdir } from "node:os";
import { join } from "node:path";
import { count } from "../lib/amounts.ts";
import { logLevels } from "../log.ts";
import {
  days,
  duration,
  engineUrl,
  headerText,
  host,
  oneOf,
  type Parser,
  path,
  size,
  webhookPath,
  wholeNumber,
} from "./parsers.ts";
import type { Setting, SettingKey, Settings } from "./settings.ts";

type Row<T> = Pick<Setting<T>, "parse" | "default" | "says"> & Partial<Setting<T>>;

const user = typeof process.getuid === "function" ? `-${process.getuid()}` : "";
const defaultEventLog = join(tmpdir(), `hookwell${user}`, "events.log");
/** `OFF` is meant like `off`: as a file of that name, it would collect what somebody wanted nowhere. */
const eventLog: Parser<string | null> = (raw) =>
  typeof raw === "string" && raw.toLowerCase() === "off"
    ? { value: null }
    : path("the path of a file, or off")(raw);
const token = headerText("a token of printable ASCII characters, with no space at its ends");
const file = { placeholder: "<file>", parse: path("the path of a file"), isPath: true };

/** What is written about each setting, in the order of help and docs. */
const rows: { readonly [K in SettingKey]: Row<Settings[K]> } = {
  port: {
    env: "PORT",
    parse: wholeNumber(0, 65_535),
    default: 3_000,
    says: "Port to listen on; 0 takes a free one.",
  },
  host: {
    env: "HOST",
    placeholder: "<address>",
    parse: host,
    default: "127.0.0.1",
    says: "Address to listen on; 0.0.0.0 listens on all of IPv4, :: on those of IPv6, too.",
  },
  path: {
    placeholder: "<path>",
    parse: webhookPath,
    default: "/",
    says: "Path of the webhook endpoint.",
    part: "receive",
  },
  data: {
    placeholder: "<folder>",
    parse: path("the path of a folder"),
    default: ".hookwell",
    says: "Folder for the secrets, the queue and the ledger.",
    isPath: true,
  },
  queue: {
    placeholder: "<url>",
    parse: engineUrl(["amqp", "amqps", "redis", "rediss", "postgres", "postgresql", "nats", "tls"]),
    default: "sqlite:",
    defaultText: "sqlite: in the data folder",
    says: "Where accepted events wait: sqlite:, sqlite:FILE, amqp:, redis:, postgres:, nats: or memory:.",
    shown: "hidden",
  },
  ledger: {
    placeholder: "<url>",
    parse: engineUrl(["postgres", "postgresql"]),
    default: "sqlite:",
    defaultText: "sqlite: in the data folder",
    says: "Where the history is kept: sqlite:, sqlite:FILE, postgres: or memory:.",
    part: "process",
    shown: "hidden",
  },
  token: {
    flag: null,
    placeholder: "<token>",
    parse: token,
    default: null,
    defaultText: "generated on first start",
    says: "Token of the API.",
    part: "process",
    shown: "hidden",
  },
  eventLog: {
    placeholder: "<file>",
    parse: eventLog,
    default: defaultEventLog,
    defaultText: "a file in the temp folder",
    says: "Rolling file of processed events when no handler is configured; off for none.",
    part: "process",
    isPath: true,
  },
  tlsCert: {
    ...file,
    default: null,
    defaultText: "plain HTTP",
    says: "Certificate chain (PEM) for HTTPS; needs the key too.",
  },
  tlsKey: {
    ...file,
    default: null,
    defaultText: "plain HTTP",
    says: "Private key (PEM) for HTTPS; needs the certificate too.",
  },
  concurrency: {
    parse: wholeNumber(1, 1_000),
    default: 16,
    says: "Handlers that run at the same time.",
    part: "process",
  },
  handlerTimeout: {
    placeholder: "<time>",
    parse: duration(1, 86_400_000),
    default: 30_000,
    defaultText: "30s",
    says: "Time that a handler may take.",
    part: "process",
  },
  maxAttempts: {
    parse: wholeNumber(1, 1_000),
    default: 12,
    says: "Attempts before an event becomes a dead letter.",
    part: "process",
  },
  backoffMin: {
    placeholder: "<time>",
    parse: duration(1, 86_400_000),
    default: 1_000,
    defaultText: "1s",
    says: "Wait before the second attempt; it doubles with each further one.",
    part: "process",
  },
  backoffMax: {
    placeholder: "<time>",
    parse: duration(1, 7 * 86_400_000),
    default: 3_600_000,
    defaultText: "1h",
    says: "Longest wait between two attempts.",
    part: "process",
  },
  // Duplicates must be known for 7 days, so nothing settled is forgotten sooner.
  retention: {
    placeholder: "<days>",
    parse: days(7, 36_500),
    default: 30,
    says: "Days that handled and obsolete events are kept; at least 7.",
    part: "process",
  },
  bodyLimit: {
    placeholder: "<size>",
    parse: size(1_024, 512 * 1_048_576),
    default: 16 * 1_048_576,
    defaultText: "16mb",
    says: "Largest body that is accepted.",
    part: "receive",
  },
  queueMax: {
    parse: wholeNumber(1, 1_000_000_000),
    default: 10_000_000,
    says: "Messages that may wait before the sender gets 503.",
    part: "receive",
  },
  spill: {
    placeholder: "<on|off>",
    parse: oneOf(["on", "off"]),
    default: "on",
    says: "Whether events wait in the data folder while the queue server is down; off answers 503.",
    part: "receive",
  },
  quarantineMaxCount: {
    parse: wholeNumber(0, 10_000_000),
    default: 10_000,
    says: "Refused requests that are kept; the oldest are dropped first.",
    part: "receive",
  },
  quarantineMaxBytes: {
    placeholder: "<size>",
    parse: size(0, 1_099_511_627_776),
    default: 64 * 1_048_576,
    defaultText: "64mb",
    says: "Bytes of refused requests that are kept; the oldest are dropped first.",
    part: "receive",
  },
  logLevel: {
    placeholder: "<level>",
    parse: oneOf(logLevels),
    default: "info",
    says: `How much is logged to stderr: ${logLevels.join(", ")}.`,
  },
  configFile: {
    env: "HOOKWELL_CONFIG",
    flag: "--config",
    ...file,
    default: null,
    defaultText: "hookwell.config.ts, .mts, .js, .mjs or .json here",
    says: "Configuration file with handlers and settings.",
  },
};

/** Keys of the table, in its order. */
export const settingKeys: readonly SettingKey[] = Object.keys(rows) as SettingKey[];

/** All settings of Hookwell. */
export const settings = Object.fromEntries(
  Object.entries<Row<unknown>>(rows).map(([key, row]) => [key, inFull(key, row)]),
) as { readonly [K in SettingKey]: Setting<Settings[K]> };

/** What a receiver in a server of one's own has no use for. */
export const serverSettings = [
  "port",
  "host",
  "path",
  "tlsCert",
  "tlsKey",
  "token",
  "eventLog",
  "logLevel",
] as const;

/** Fills in what follows from the key, or is the same for most. */
function inFull<T>(key: string, row: Row<T>): Setting<T> {
  const words = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return {
    env: `HOOKWELL_${words.replaceAll("-", "_").toUpperCase()}`,
    flag: `--${words}`,
    placeholder: "<number>",
    defaultText:
      typeof row.default === "number" && row.default >= 10_000 ? count(row.default) : String(row.default),
    part: "both",
    shown: "plain",
    isPath: false,
    ...row,
  };
}

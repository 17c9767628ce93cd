import type { LogLevel } from "../log.ts";
import type { Parser } from "./parsers.ts";

/** Every setting, parsed: paths are absolute, and `null` says that there is none. Configuration files share these words. */
export interface Settings {
  /** TCP port; 0 lets the system choose one. */
  readonly port: number;
  /** Address to listen on; `0.0.0.0` listens on all of IPv4, `::` on those of IPv6, too. */
  readonly host: string;
  /** Path of the webhook endpoint; begins with `/`. */
  readonly path: string;
  /** Path of the data folder. */
  readonly data: string;
  /** URL of the queue; `sqlite:` alone means a file in the data folder. */
  readonly queue: string;
  /** URL of the ledger; `sqlite:` alone means a file in the data folder. */
  readonly ledger: string;
  /** Token of the API. Default: the one in the data folder. */
  readonly token: string | null;
  /** Path of the rolling file of processed events when no handler is configured; `off` for none. */
  readonly eventLog: string | null;
  /** Path of the certificate chain, PEM. */
  readonly tlsCert: string | null;
  /** Path of the private key, PEM. */
  readonly tlsKey: string | null;
  /** Handlers that may run at the same time. */
  readonly concurrency: number;
  /** How long a handler may take, in ms. */
  readonly handlerTimeout: number;
  /** Attempts before an event becomes a dead letter. */
  readonly maxAttempts: number;
  /** Wait before the second attempt, in ms; it doubles with each further one. */
  readonly backoffMin: number;
  /** Longest wait between two attempts, in ms. */
  readonly backoffMax: number;
  /** Days that handled and obsolete events are kept. */
  readonly retention: number;
  /** Largest body that is accepted, in bytes. */
  readonly bodyLimit: number;
  /** Messages that may wait in the queue before the sender gets 503. */
  readonly queueMax: number;
  /** Whether events wait in the data folder while the queue server is down; `off` answers 503. */
  readonly spill: "on" | "off";
  /** Refused requests that are kept; the oldest are dropped first. */
  readonly quarantineMaxCount: number;
  /** Bytes of refused requests that are kept; the oldest are dropped first. */
  readonly quarantineMaxBytes: number;
  /** Least severe level that is logged. */
  readonly logLevel: LogLevel;
  /** Path of the configuration file. */
  readonly configFile: string | null;
}

/** One row of the table: what loading, `--help` and the documentation need to know of a setting. */
export interface Setting<T> {
  readonly env: string;
  /** `null` for secrets, which everybody on the machine could read from a command line. */
  readonly flag: string | null;
  /** What stands for the value in help, such as `<number>`. */
  readonly placeholder: string;
  readonly parse: Parser<T>;
  readonly default: T;
  /** How help and docs write the default. */
  readonly defaultText: string;
  /** A sentence. */
  readonly says: string;
  /** Which half of Hookwell reads it. */
  readonly part: "receive" | "process" | "both";
  /** `hidden` values are never shown again, not even in an error. */
  readonly shown: "plain" | "hidden";
  /** A path is taken relative to the working folder, or to the configuration file that names it. */
  readonly isPath: boolean;
}

export type SettingKey = keyof Settings;

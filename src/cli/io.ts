import type { RunningApp, StartOptions } from "../app.ts";
import type { SenderFetch } from "../client/index.ts";
import type { Env } from "../config/environment.ts";
import type { Config } from "../config/load-config.ts";
import type { LocalApi, LocalApiOptions } from "../local-api.ts";
import type { Palette } from "./view/palette.ts";

/** Where text goes: the part of a write stream that commands use. */
export interface Output {
  write(text: string | Uint8Array): unknown;
  /** The same; resolves when it is not in this process any more. */
  writeOut(text: string): Promise<void>;
  /** Resolves as soon as the reader keeps up: whoever writes more before is only filling the memory. */
  room(): Promise<void>;
  /** How many bytes wait for the reader. */
  readonly waiting: number;
  /** True for a terminal: colours, relative times and tables that fit are for people. */
  readonly isTTY: boolean;
  /** True for systemd's journal, to which a line can say how grave it is. */
  readonly isJournal: boolean;
  /** Width in characters; of a terminal only. */
  readonly columns: number;
  readonly palette: Palette;
}

/** What a person or a system asks of a running command. */
export interface Signals {
  on(name: SignalName, listener: () => void): unknown;
  off(name: SignalName, listener: () => void): unknown;
}

/** `SIGPIPE` stands for a reader of our output that has gone. */
export type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE";

/** The world of a command, which a test can replace. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Env;
  /** Absolute. */
  readonly cwd: string;
  /** Ms since 1970. */
  readonly now: () => number;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
  readonly signals: Signals;
  readonly startApp: StartApp;
  readonly openLocalApi: OpenLocalApi;
  /** Asks the sender's REST API. */
  readonly fetch: SenderFetch;
}

/** Starts the parts of Hookwell that `serve`, `receive` or `process` runs. */
export type StartApp = (options: StartOptions) => Promise<RunningApp>;

/** Opens the data folder in this process, for when no server runs; answers like the server's API. */
export type OpenLocalApi = (config: Config, options?: LocalApiOptions) => Promise<LocalApi>;

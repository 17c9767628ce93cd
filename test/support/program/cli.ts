import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import type { RunningApp, StartOptions } from "../../../src/app.ts";
import type { SenderFetch } from "../../../src/client/index.ts";
import type { Io, OpenLocalApi, SignalName } from "../../../src/cli/io.ts";
import { main } from "../../../src/cli/main.ts";
import { paletteFor } from "../../../src/cli/view/palette.ts";

/** The world of a command under test; what is left out is a plain one. */
export interface CliWorld {
  /** Working folder; a data folder in it is found. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Width of the terminal that stdout and stderr are; without it they are pipes. */
  readonly columns?: number;
  /** What is printed goes to systemd's journal. */
  readonly isJournal?: boolean;
  readonly stdin?: Uint8Array;
  /** Resolves when the reader of what is printed keeps up; default: it always does. */
  readonly room?: () => Promise<void>;
  /** Ms since 1970; default: the real time. */
  readonly now?: number;
  readonly openLocalApi?: OpenLocalApi;
  /** Answers for the sender's REST API. */
  readonly fetch?: SenderFetch;
  readonly startApp?: (options: StartOptions) => Promise<RunningApp>;
}

export interface RunningCli {
  /** What was written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly signal: (name: SignalName) => void;
  /** How many listen to a signal. */
  readonly listeners: (name: SignalName) => number;
  readonly exit: Promise<number>;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A data folder that answers so when a command opens it. */
export const folderThatAnswers =
  (fetch: (request: Request) => Promise<Response>): OpenLocalApi =>
  async () => ({ missing: [], inUse: undefined, fetch, close: async () => undefined });

/** Starts a command line in this process. */
export function startCli(argv: readonly string[], world: CliWorld): RunningCli {
  const signals = new EventEmitter<Record<SignalName, []>>();
  const [stdout, stderr] = [[] as Buffer[], [] as Buffer[]];
  // Colours would only make the expectations hard to read.
  const env = { NO_COLOR: "1", ...world.env };
  const isTTY = world.columns !== undefined;
  const output = (chunks: Buffer[]): Io["stdout"] => ({
    write: (text) => chunks.push(Buffer.from(text as string)),
    writeOut: async (text) => void chunks.push(Buffer.from(text)),
    room: world.room ?? (async () => undefined),
    waiting: 0,
    isTTY,
    isJournal: world.isJournal ?? false,
    columns: world.columns ?? 80,
    palette: paletteFor(isTTY, env),
  });
  const exit = main(argv, {
    stdin: Object.assign(Readable.from([world.stdin ?? new Uint8Array()]), { isTTY: false }),
    stdout: output(stdout),
    stderr: output(stderr),
    env,
    cwd: world.cwd,
    now: () => world.now ?? Date.now(),
    random: Math.random,
    signals,
    startApp: world.startApp ?? (() => Promise.reject(new Error("This test starts no app."))),
    fetch: world.fetch ?? (() => Promise.reject(new Error("This test asks no sender."))),
    openLocalApi: world.openLocalApi ?? (() => Promise.reject(new Error("This test opens no data folder."))),
  });
  const text = (chunks: readonly Buffer[]) => (): string => Buffer.concat(chunks).toString("utf8");
  return {
    stdout: text(stdout),
    stderr: text(stderr),
    signal: (name) => void signals.emit(name),
    listeners: (name) => signals.listenerCount(name),
    exit,
  };
}

/** Runs a command line to its end. */
export async function runCli(argv: readonly string[], world: CliWorld): Promise<Finished> {
  const { exit, stdout, stderr } = startCli(argv, world);
  return { code: await exit, stdout: stdout(), stderr: stderr() };
}

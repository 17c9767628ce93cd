import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { testEnv } from "./app.ts";
import { clientOf, type Client } from "./client.ts";
import { JournalFile } from "./journal-file.ts";
import type { Entry } from "./journal.ts";

/** How long a start may take on a busy machine, in ms. */
const patienceMs = 20_000;
/** Programs that were compiled before start in half of the time. */
const compiled = fileURLToPath(new URL("../../../node_modules/.cache/hookwell-test", import.meta.url));

/** A line of the program's log, as JSON. */
export interface ProgramFact {
  readonly fact: string;
  readonly [field: string]: unknown;
}

export interface ProgramOptions {
  /** The data folder; it outlives the program. */
  readonly folder: string;
  readonly parts?: "serve" | "receive" | "process";
  /** How long a handler takes in ms, such as `20`, or `0-3` for something in between. */
  readonly handlerMs?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a program ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Hookwell in a process of its own; killed at the end of the block that holds it. */
export interface Program extends Client, AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly log: readonly ProgramFact[];
  signal(name: NodeJS.Signals): void;
  /** Ends it as a power cut would; resolves when it is gone. */
  kill(): Promise<void>;
}

/** A program that ended before it was ready. */
export class StartFailure extends Error {
  readonly exit: Exit;
  readonly log: readonly ProgramFact[];

  constructor(exit: Exit, log: readonly ProgramFact[]) {
    super(`The program ended with ${JSON.stringify(exit)}: ${JSON.stringify(log)}`);
    this.exit = exit;
    this.log = log;
  }
}

/**
 * Starts Hookwell and waits until it is ready.
 *
 * @throws {StartFailure} if it ends before
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { folder, parts = "serve", handlerMs = "0", env = {} } = options;
  const script = fileURLToPath(new URL("serve.ts", import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: compiled,
      ...testEnv(join(folder, "data")),
      TEST_PARTS: parts,
      TEST_JOURNAL: journalOf(folder),
      TEST_HANDLER_MS: handlerMs,
      ...env,
    },
    stdio: ["pipe", "ignore", "pipe"],
  });
  const log: ProgramFact[] = [];
  const exited = exitOf(child);
  const late = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  const url = await Promise.race([readyUrl(child, log), exited.then((exit) => failure(exit, log))]);
  clearTimeout(late);
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  return {
    ...clientOf(url),
    url,
    pid: child.pid ?? 0,
    exited,
    log,
    signal: (name) => void child.kill(name),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

/** What the handlers of all programs in this folder did; a program's generation is its `pid`. */
export function readJournal(folder: string): Promise<readonly Entry[]> {
  return new JournalFile(journalOf(folder)).read();
}

const journalOf = (folder: string): string => join(folder, "journal");

async function exitOf(child: ChildProcess): Promise<Exit> {
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal };
}

function failure(exit: Exit, log: readonly ProgramFact[]): never {
  throw new StartFailure(exit, log);
}

function readyUrl({ stderr }: ChildProcess, log: ProgramFact[]): Promise<string> {
  return new Promise((resolve) => {
    if (stderr === null) return;
    createInterface({ input: stderr }).on("line", (line) => {
      const fact = parseFact(line);
      log.push(fact);
      if (fact.fact === "app.ready") resolve(String(fact["url"]));
    });
  });
}

function parseFact(line: string): ProgramFact {
  try {
    return JSON.parse(line) as ProgramFact;
  } catch {
    return { fact: "text", line }; // Such as the stack of an error that nobody caught.
  }
}

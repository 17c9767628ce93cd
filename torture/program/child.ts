import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { envOf, program as ownProgram } from "../../test/support/program/built.ts";
import { sharedNow } from "../../test/support/program/journal.ts";
import type { End } from "../oracle/facts.ts";

export interface ChildOptions {
  readonly command: "serve" | "receive" | "process";
  readonly generation: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Undefined: the program of this folder. */
  readonly program: string | undefined;
}

/** How a process ended, and what it said last. */
export interface Exit extends End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The newest lines of stderr that are kept. */
const keptLines = 40;

/** One run of the built program. */
export class Child {
  readonly generation: number;
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  #wasAsked = false;
  /** Since when it stands still. */
  #stoppedAt: number | undefined;

  constructor({ command, generation, cwd, env, program = ownProgram }: ChildOptions) {
    this.generation = generation;
    this.#process = spawn(process.execPath, [program, command], {
      cwd,
      env: envOf({ ...env, TORTURE_GENERATION: String(generation) }),
      // Its stdin ends with this process, however that ends.
      stdio: ["pipe", "ignore", "pipe"],
    });
    if (this.#process.stderr !== null) {
      createInterface({ input: this.#process.stderr }).on("line", (line) => {
        this.#lines.push(line);
        if (this.#lines.length > keptLines) this.#lines.shift();
      });
    }
    this.exited = this.#exit();
  }

  /** What it said last on stderr. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    if (name === "SIGTERM" || name === "SIGINT") this.#wasAsked = true;
    this.#process.kill(name);
    if (name === "SIGSTOP") this.#stoppedAt = sharedNow();
    if (name === "SIGCONT") this.#stoppedAt = undefined;
  }

  async #exit(): Promise<Exit> {
    const [code, signal] = (await once(this.#process, "close")) as [number | null, NodeJS.Signals | null];
    // One that was killed while it stood still did nothing since then.
    const at = this.#stoppedAt ?? sharedNow();
    return { code, signal, at, how: this.#wasAsked && code === 0 ? "stopped" : "crashed" };
  }
}

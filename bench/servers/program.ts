import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A program that is measured, in a process of its own. */
export interface Program {
  readonly pid: number;
  readonly port: number;
  /** Ends it as a person would, and waits until it has ended. */
  stop(): Promise<void>;
  /** Ends it at once, without a chance to tidy up. */
  kill(): Promise<void>;
}

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly folder: string;
  /** File for everything that it prints; its errors go to ours if left out. */
  readonly output?: string;
  /** Whether it is ready; asked until it is. */
  readonly ready: (port: number) => Promise<boolean>;
}

/** Not even a broken start takes so long, in ms. */
const patience = 120_000;
const running = new Set<ChildProcess>();

/** Ends whatever still runs, after something went wrong. */
export function killPrograms(): void {
  for (const child of running) child.kill("SIGKILL");
}

// Nothing is left behind, however the benchmark ends.
process.on("exit", killPrograms);

/** Starts a program on this port and waits until it is ready. */
export async function startProgram(port: number, options: ProgramOptions): Promise<Program> {
  const { command, args, folder, env, output, ready } = options;
  const file = output === undefined ? undefined : openSync(output, "a");
  const child = spawn(command, [...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", file ?? "ignore", file ?? "inherit"],
  });
  running.add(child);
  const ended = once(child, "exit").finally(() => running.delete(child));
  const what = [command, ...args].join(" ");
  await Promise.race([untilReady(() => ready(port), what), tooSoon(ended, what, output)]);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return { pid: child.pid ?? 0, port, stop: () => end("SIGTERM"), kill: () => end("SIGKILL") };
}

async function untilReady(isReady: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + patience;
  while (!(await isReady())) {
    if (performance.now() > deadline) throw new Error(`${what} was not ready within ${patience / 1_000} s.`);
    await sleep(2);
  }
}

/** Fails when the program ends; once it is ready nobody listens to that any more. */
function tooSoon(ended: Promise<unknown>, what: string, output: string | undefined): Promise<never> {
  const failure = ended.then(() => {
    const said = output === undefined ? "Its message stands above." : readFileSync(output, "utf8");
    throw new Error(`${what} ended before it was ready. ${said}`);
  });
  failure.catch(() => undefined);
  return failure;
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { eventually } from "../../../src/testing/eventually.ts";

/** The folder of this package. */
export const root: string = dirname(fileURLToPath(new URL("../../../package.json", import.meta.url)));

/** What a user starts: the built program. */
export const program: string = fileURLToPath(new URL("../../../bin/hookwell.js", import.meta.url));

if (!existsSync(fileURLToPath(new URL("../../../dist/cli/run.js", import.meta.url)))) {
  throw new Error("These tests start the built program: run `npm run build` before.");
}

export interface StartOptions {
  readonly cwd: string;
  /** On top of a PATH whose `node` is the one that runs the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** What a line of stdout or stderr looks like once the program is ready; without it nothing is waited for. */
  readonly ready?: RegExp;
  /** Whether it starts programs of its own, which are to end with it. */
  readonly group?: boolean;
}

/** A program that a test started; ended with SIGTERM at the end of the block that holds it. */
export interface Started extends AsyncDisposable {
  /** All lines of stdout and stderr so far. */
  readonly lines: readonly string[];
  /** The line that told that it is ready; empty if nothing was waited for. */
  readonly readyLine: string;
  readonly pid: number;
  readonly exited: Promise<number | null>;
}

/**
 * Starts a program and waits until it is ready.
 *
 * @throws {Error} with all that it said, if it ends before
 */
export async function start(
  command: string,
  args: readonly string[],
  options: StartOptions,
): Promise<Started> {
  const { cwd, env = {}, ready, group = false } = options;
  const child = spawn(command, args, {
    cwd,
    env: envOf(env),
    stdio: ["ignore", "pipe", "pipe"],
    detached: group,
  });
  const lines: string[] = [];
  const exited = once(child, "close").then(([code]) => code as number | null);
  const found = Promise.withResolvers<string>();
  if (ready === undefined) found.resolve("");
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (ready?.test(line) === true) found.resolve(line);
    });
  }
  const failed = async (): Promise<never> => {
    const code = await exited;
    throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${lines.join("\n")}`);
  };
  return {
    lines,
    readyLine: await Promise.race([found.promise, failed()]),
    pid: child.pid ?? 0,
    exited,
    [Symbol.asyncDispose]: async () => {
      if (group) endGroup(child.pid);
      else child.kill();
      await exited;
    },
  };
}

/**
 * The first answer of a program that does not tell when it is ready.
 * A busy disk may keep it from listening for a long time, which is not what these tests are about.
 *
 * @throws {Error} with all that the program said, if it ends before
 */
export function firstAnswer<T>(program: Started, ask: () => Promise<T>): Promise<T> {
  const ended = program.exited.then((code) => {
    throw new Error(`The program ended with ${code}:\n${program.lines.join("\n")}`);
  });
  return Promise.race([eventually(ask, 30_000), ended]);
}

function endGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, "SIGTERM");
  } catch {
    // All of them have ended.
  }
}

export interface BuiltHookwell extends Started {
  /** Where it listens, with a slash at the end. */
  readonly url: string;
  readonly port: string;
}

/** The built `hookwell serve`, on a free port. */
export async function startBuilt(
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<BuiltHookwell> {
  const started = await start(process.execPath, [program, "serve"], {
    cwd,
    env: { PORT: "0", HOOKWELL_EVENT_LOG: "off", ...env },
    ready: /"app\.ready"/,
  });
  const { url } = JSON.parse(started.readyLine) as { readonly url: string };
  return { ...started, url, port: new URL(url).port };
}

/** This environment, and from that of the tests only where programs are. */
export function envOf(env: Readonly<Record<string, string>>): Record<string, string> {
  const path = `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`;
  return { HOME: process.env["HOME"] ?? "/", PATH: path, NO_COLOR: "1", ...env };
}

import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { codeOf } from "../../lib/error-code.ts";
import { isError } from "../../lib/is-error.ts";

/** What the system knows of this process. */
export interface ProcessNumbers {
  /** User and system time of all threads, in seconds. */
  readonly cpuSeconds: number;
  /** In seconds since 1970. */
  readonly startedAt: number;
  /** Undefined while the process has no file left to ask with. */
  readonly residentBytes: number | undefined;
  /** Files and connections that are open, and how many may be; undefined where the system has no /proc. */
  readonly files: { readonly open: number; readonly most: number } | undefined;
}

/**
 * Asks for them, each time anew.
 *
 * @param proc what Linux has of this process
 */
export function processNumbers(proc = "/proc/self"): () => Promise<ProcessNumbers> {
  const most = mostFiles(proc);
  return async () => {
    const { user, system } = process.cpuUsage();
    return {
      cpuSeconds: (user + system) / 1e6,
      startedAt: performance.timeOrigin / 1e3,
      residentBytes: await unlessOutOfFiles(() => process.memoryUsage.rss(), undefined),
      files: most === undefined ? undefined : { open: await openFiles(proc, most), most },
    };
  };
}

/** Node raises it to the hard limit when it starts; after that it stays. */
function mostFiles(proc: string): number | undefined {
  if (!existsSync(`${proc}/limits`)) return undefined;
  const most = /^Max open files\s+(\d+)/m.exec(readFileSync(`${proc}/limits`, "utf8"))?.[1];
  return most === undefined ? undefined : Number(most);
}

const openFiles = (proc: string, most: number): Promise<number> =>
  // One of them is the folder that is being read.
  unlessOutOfFiles(async () => (await readdir(`${proc}/fd`)).length - 1, most);

/** The answer, or this one if the process has no file left to ask the system with. */
async function unlessOutOfFiles<T, E>(ask: () => T | Promise<T>, outOfFiles: E): Promise<T | E> {
  try {
    return await ask();
  } catch (error) {
    // `rss` gives it only in words.
    if (isError(error) && /\bEMFILE\b/.test(`${codeOf(error)} ${error.message}`)) return outOfFiles;
    throw error;
  }
}

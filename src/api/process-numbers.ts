import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";

/** What the system knows of this process. */
export interface ProcessNumbers {
  /** User and system time of all threads, in seconds. */
  readonly cpuSeconds: number;
  /** In seconds since 1970. */
  readonly startedAt: number;
  readonly residentBytes: number;
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
      residentBytes: process.memoryUsage.rss(),
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

async function openFiles(proc: string, most: number): Promise<number> {
  try {
    const names = await readdir(`${proc}/fd`);
    // One of them is the folder that is being read.
    return names.length - 1;
  } catch (error) {
    // Then there is none left to look with.
    if ((error as NodeJS.ErrnoException).code === "EMFILE") return most;
    throw error;
  }
}

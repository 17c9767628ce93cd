import { existsSync, readFileSync } from "node:fs";

/** Memory that a process holds, in MB of 2²⁰ bytes. */
export interface Memory {
  readonly now: number;
  /** The most since it began. */
  readonly peak: number;
}

/** Only Linux tells the peak. */
export const memoryIsKnown: boolean = existsSync("/proc/self/status");

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const megabytes = (key: string): number =>
    Number(new RegExp(`^${key}:\\s*(\\d+) kB$`, "m").exec(status)?.[1]) / 1_024;
  return { now: megabytes("VmRSS"), peak: megabytes("VmHWM") };
}

import { fstatSync } from "node:fs";
import type { Env } from "../config/environment.ts";
import type { Log } from "../log.ts";

/**
 * Whether what is written to this file reaches systemd's journal, which says so to the services that it starts. A program
 * that one of them starts may inherit the variable, but write elsewhere.
 */
export function isJournal(fd: number, env: Env): boolean {
  const journal = env["JOURNAL_STREAM"];
  if (journal === undefined) return false;
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return journal === `${dev}:${ino}`;
}

/** How the journal numbers levels (RFC 5424); it takes this off the line again. */
const priorities = { debug: "<7>", info: "<6>", warn: "<4>", error: "<3>" } as const;

/** Text whose lines have this level in the journal. */
export const withPriority = (level: keyof Log, text: string): string =>
  text.replaceAll(/^(?=.)/gm, priorities[level]);

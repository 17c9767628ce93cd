import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** Sends these to a process, if it runs, and resolves when it has ended. */
export async function endChild(
  child: ChildProcess | undefined,
  ...signals: readonly NodeJS.Signals[]
): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  for (const signal of signals) child.kill(signal);
  await ended;
}

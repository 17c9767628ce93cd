import type { Menu } from "../handler/behaviour.ts";
import type { Violation } from "./facts.ts";

/** What the kernel sends to a program that reaches for memory which is not there, or does what no program may. */
const ofKernel: readonly string[] = ["SIGBUS", "SIGSEGV", "SIGILL", "SIGFPE", "SIGSYS"];

/**
 * No process ends by a signal that nobody sent. Its supervisor starts it again, so that everything is kept, and else
 * nobody would see it.
 *
 * @param said its last lines
 */
export function crashViolations(
  generation: number,
  signal: string | null,
  said: string,
  { dishes }: Pick<Menu, "dishes">,
): readonly Violation[] {
  // Node ends itself so when it runs out of memory.
  const mayAbort = dishes.some(({ misdeed }) => misdeed === "allocates");
  const isCrash = signal !== null && (ofKernel.includes(signal) || (signal === "SIGABRT" && !mayAbort));
  if (!isCrash) return [];
  return [{ rule: "crash", text: `Process ${generation} ended by ${signal}, which nobody sent: ${said}` }];
}

import { CommandError } from "../failure.ts";
import { noAnswer } from "../../lib/no-answer.ts";

/** The cause if we do not wait any longer. */
export const timedOut = { code: "ETIMEDOUT" };

/** A sentence about a server that gives no answer, and what else to do. */
export function unreachable(where: string, cause: unknown, cure?: string): CommandError {
  const says = noAnswer(where, cause);
  return new CommandError(cure === undefined ? says : `${says} ${cure}`, { cause });
}

/** A sentence about a server whose answer ends before its end. */
export const brokenOff = (where: string, cause: unknown): CommandError =>
  new CommandError(`${where} broke off in the middle of its answer: try again.`, { cause });

import { codeOf } from "../error-code.ts";
import { causeOf, isError } from "../is-error.ts";
import { NoHostError } from "./hosts.ts";

/** True if the server, or one of several, has no connection left for us. That passes, whatever is asked of it. */
export function isCrowded(error: unknown): boolean {
  if (error instanceof NoHostError) return error.failures.some((failure) => isCrowded(failure.error));
  return codeOf(error) === "53300" || (isError(error) && isCrowded(causeOf(error)));
}

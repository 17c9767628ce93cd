import { codeOf } from "../error-code.ts";
import { causeOf, isError } from "../is-error.ts";
import { NoHostError } from "./hosts.ts";

/** True if the server, or one of several, has no connection left for us. That passes, whatever is asked of it. */
export function isCrowded(error: unknown): boolean {
  if (error instanceof NoHostError) return error.failures.some((failure) => isCrowded(failure.error));
  if (!isError(error)) return false;
  return codeOf(error) === "53300" || isFullPooler(error) || isCrowded(causeOf(error));
}

/** PgBouncer says with the code of any trouble that `max_client_conn` is reached. */
const isFullPooler = (error: Error): boolean =>
  codeOf(error) === "08P01" && error.message.includes("max_client_conn");

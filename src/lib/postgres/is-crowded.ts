import { codeOf } from "../error-code.ts";
import { causesOf } from "../is-error.ts";
import { NoHostError } from "./hosts.ts";

/** True if the server, or one of several, has no connection left for us. That passes, whatever is asked of it. */
export const isCrowded = (error: unknown): boolean =>
  causesOf(error).some((each) =>
    each instanceof NoHostError
      ? each.failures.some((failure) => isCrowded(failure.error))
      : codeOf(each) === "53300" || isFullPooler(each),
  );

/** PgBouncer says with the code of any trouble that `max_client_conn` is reached. */
const isFullPooler = (error: Error): boolean =>
  codeOf(error) === "08P01" && error.message.includes("max_client_conn");

import { codeOf } from "../error-code.ts";
import { isError } from "../is-error.ts";

/** Codes with which the server ends a connection. Its word for that, the severity, is in the language of its messages. */
const ends = /^(?:08|57P)|^25P0[34]$/;

/** The server has answered and goes on, and so has kept nothing. */
export const isRefusal = (error: unknown): error is Error =>
  isError(error) && "severity" in error && !ends.test(codeOf(error) ?? "");

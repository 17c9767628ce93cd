import { codeOf } from "../error-code.ts";
import { isError } from "../is-error.ts";

/**
 * Codes with which the server ends a connection. The severity would say so too, but in the language of its messages.
 */
const ends = /^(?:08|57P)|^25P0[34]$/;

/** True if the server has answered and the connection goes on: then nothing of the call is kept. */
export const isRefusal = (error: unknown): error is Error =>
  isError(error) && "severity" in error && !ends.test(codeOf(error) ?? "");

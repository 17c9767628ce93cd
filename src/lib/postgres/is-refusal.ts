import { codeOf } from "../error-code.ts";

/** Codes with which the server ends a connection. Its word for that, the severity, is in the language of its messages. */
const ends = /^(?:08|57P)|^25P0[34]$/;

/** The server has answered and goes on, and so has kept nothing. */
export const isRefusal = (error: unknown): error is Error =>
  error instanceof Error && "severity" in error && !ends.test(codeOf(error) ?? "");

import { types } from "node:util";

/**
 * True for an error of any realm: in Jest, and wherever else modules run in a context of their own, the errors of Node
 * itself are no instances of the `Error` there. An object that only has an error's prototype counts too, since old
 * libraries make such errors.
 */
export function isError(value: unknown): value is Error {
  // oxlint-disable-next-line unicorn/no-instanceof-builtins
  return types.isNativeError(value) || value instanceof Error;
}

/** The message of an error, or what was thrown in place of one. */
export const errorText = (error: unknown): string => (isError(error) ? error.message : String(error));

/** What an error came from; the first, if it came from several. */
export function causeOf(error: Error): unknown {
  const isSeveral = error.name === "AggregateError" && "errors" in error && Array.isArray(error.errors);
  return isSeveral ? (error.errors as readonly unknown[])[0] : error.cause;
}

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

/** More than any library nests. */
const mostErrors = 6;

/** The error and what it came from, down to the first; an error can be its own cause. */
export function causesOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (
    let each = error;
    isError(each) && chain.length < mostErrors && !chain.includes(each);
    each = causeOf(each)
  )
    chain.push(each);
  return chain;
}

/** What an error came from; the first, if it came from several. */
function causeOf(error: Error): unknown {
  const isSeveral = error.name === "AggregateError" && "errors" in error && Array.isArray(error.errors);
  return isSeveral ? (error.errors as readonly unknown[])[0] : error.cause;
}

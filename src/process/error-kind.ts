import { causeOf, isError } from "../lib/is-error.ts";

/** What a program calls an error: its class, and a code such as `ECONNREFUSED`, or the five characters of SQL. */
const className = /^[A-Za-z_$][\w$]{0,60}$/;
const codeWord = /^(?:[A-Z][A-Z0-9_]{1,60}|[0-9A-Z]{5})$/;
/** More causes than any library nests; an error can be its own. */
const mostCauses = 5;

/**
 * What kind of error it is, `TypeError ECONNREFUSED`: its class, and the first code on the way to what it came from.
 * Nothing of a message, which may be private. Undefined if it cannot be told.
 */
export function errorKind(error: Error): string | undefined {
  try {
    const name = wordOf(error.name, className);
    const words = [name, codeOf(error, mostCauses)].filter((word) => word !== undefined);
    return words.length === 0 ? undefined : words.join(" ");
  } catch {
    // Handlers throw even what throws when it is looked at.
    return undefined;
  }
}

function codeOf(error: Error & { readonly code?: unknown }, causes: number): string | undefined {
  const code = wordOf(error.code, codeWord);
  const cause = causeOf(error);
  return code ?? (isError(cause) && causes > 0 ? codeOf(cause, causes - 1) : undefined);
}

function wordOf(value: unknown, form: RegExp): string | undefined {
  return typeof value === "string" && form.test(value) ? value : undefined;
}

import { getSystemErrorMap } from "node:util";
import { causesOf } from "../../lib/is-error.ts";

/** A payload may have been copied into an error, so only what programs call errors counts, not what may be a word. */
const errorName = /^(?:error|[A-Za-z_$][\w$]{0,60}(?:Error|Exception))$/;
/** What Node, OpenSSL, undici, MySQL and SQLite call theirs. */
const errorCode =
  /^(?:ERR?|UND_ERR|HPE|EAI|SQLITE|CERT|UNABLE_TO|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED)_[A-Z0-9_]{1,60}$/;
/** Those of the system, such as `ECONNREFUSED`, and those that Node gives to a name that is not found. */
const systemCodes = new Set([
  ...[...getSystemErrorMap().values()].map(([code]) => code),
  "ENOTFOUND",
  "ENODATA",
]);
const sqlState = /^[0-9A-Z]{5}$/;
type Coded = Error & { readonly code?: unknown; readonly severity?: unknown };

/**
 * What kind of error it is, `TypeError ECONNREFUSED`: its class, and the first code on the way to what it came from.
 * Nothing of a message, which may be private. Undefined if it cannot be told.
 */
export function errorKind(error: Error): string | undefined {
  try {
    const words = [nameOf(error), causesOf(error).find(isCode)?.code].filter((word) => word !== undefined);
    return words.length === 0 ? undefined : words.join(" ");
  } catch {
    // Handlers throw even what throws when it is looked at.
    return undefined;
  }
}

function nameOf(error: Error): string | undefined {
  const { name }: { readonly name: unknown } = error;
  if (typeof name !== "string") return undefined;
  // Not the property of the error itself, which may have been copied, too.
  const made = Object.getPrototypeOf(error) as { readonly constructor?: { readonly name?: unknown } } | null;
  const className = made?.constructor?.name;
  // Most classes set no name, and so inherit that of all errors.
  if (name === "Error" && typeof className === "string" && className !== "") return className;
  return errorName.test(name) || name === className ? name : undefined;
}

/** PostgreSQL says how severe an error is, whatever client it came through. */
function isCode(error: Coded): error is Coded & { readonly code: string } {
  const { code, severity } = error;
  if (typeof code !== "string") return false;
  return (
    errorCode.test(code) || systemCodes.has(code) || (typeof severity === "string" && sqlState.test(code))
  );
}

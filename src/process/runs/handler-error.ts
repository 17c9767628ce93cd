import { causesOf, isError } from "../../lib/is-error.ts";

// Handlers throw anything, even what throws when it is looked at. None of it may end the process.

/** What a handler threw, as an error. */
export function errorOf(thrown: unknown): Error {
  return isReadable(thrown) ? thrown : new Error(describe(thrown));
}

function isReadable(thrown: unknown): thrown is Error {
  try {
    return isError(thrown);
  } catch {
    return false;
  }
}

function describe(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (typeof thrown === "object" && thrown !== null)
    return messageOf(thrown) ?? "The handler threw an object without a message.";
  return `The handler threw ${typeof thrown === "function" ? "a function" : String(thrown)}.`;
}

/** Clients of some services throw plain objects. Only their message is meant for others. */
function messageOf(thrown: { readonly message?: unknown }): string | undefined {
  try {
    return typeof thrown.message === "string" && thrown.message !== "" ? thrown.message : undefined;
  } catch {
    return undefined;
  }
}

/** An error as one text, with what it came from. */
export function describeError(error: Error): string {
  try {
    // Without their causes, messages such as `fetch failed` say nothing.
    return causesOf(error)
      .map(textOf)
      .reduceRight((cause, text) => `${text} (${cause})`);
  } catch {
    return "The handler threw an error that cannot be read.";
  }
}

function textOf({ name, message, code }: Error & { readonly code?: unknown }): string {
  const says = message === "" && typeof code === "string" ? code : message;
  return [name, says].filter((part) => part !== "").join(": ");
}

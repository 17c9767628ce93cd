import { readFileSync, statSync } from "node:fs";
import { codeOf } from "./error-code.ts";

/** More than any secret or URL has, in bytes. */
const mostBytes = 65_536;

/**
 * The text of a file that holds one secret: a line of UTF-8, whose end does not count.
 *
 * @throws {Error} with the end of a sentence that shows neither the text nor the path, in whose place somebody may have
 *   written the secret
 */
export function readSecretFile(path: string): string {
  let bytes: Uint8Array;
  try {
    const found = statSync(path);
    // A pipe would stop the process until somebody writes into it, and gives what it has only once.
    if (!found.isFile()) throw new Error("names something that is not a file: name a regular file.");
    if (found.size > mostBytes)
      throw new Error("names a file that is too large for a secret: write the value alone into it.");
    bytes = readFileSync(path);
  } catch (error) {
    const code = codeOf(error);
    throw code === undefined
      ? error
      : new Error(`names a file that cannot be read (${code}): name one that this user may read.`);
  }
  const text = textOf(bytes).replace(/\r?\n$/, "");
  if (text === "") throw new Error("names a file that is empty: write the value into it.");
  if (/\p{Cc}/u.test(text))
    throw new Error("names a file that is not one line of text: write the value alone into it.");
  return text;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("names a file that is not in UTF-8: save it as UTF-8.");
  }
}

import { hash } from "node:crypto";

/** Texts of PostgreSQL cannot hold NUL: it is written as a backslash and a 0, and a backslash as two backslashes. */
export const storable = (text: string): string =>
  /[\\\0]/.test(text) ? text.replaceAll("\\", "\\\\").replaceAll("\0", "\\0") : text;

/** The text that `storable` was given. */
export const restored = (text: string): string =>
  text.includes("\\") ? text.replaceAll(/\\(.)/gs, (_, next: string) => (next === "0" ? "\0" : next)) : text;

/** The longest text that an index holds as it is: a row of an index has 2,700 bytes, which several texts share. */
const mostIndexed = 500;

/** A text as an index can hold it: a long one by its beginning and its hash. */
export function indexable(text: string): string {
  const whole = storable(text);
  if (Buffer.byteLength(whole) <= mostIndexed) return whole;
  return `${whole.slice(0, 100).toWellFormed()}~${hash("sha256", whole, "hex")}`;
}

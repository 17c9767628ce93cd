import { indentJson } from "../../lib/indent-json.ts";
import type { JsonTokenKind } from "../../lib/json-tokens.ts";
import type { Palette } from "./palette.ts";
import { printable } from "../../lib/printable.ts";

/** JSON text from outside as a person reads it: indented, coloured, and safe for a terminal. */
export function jsonView(text: string, palette: Palette): string {
  const paints: Readonly<Record<JsonTokenKind, (token: string) => string>> = {
    key: palette.key,
    string: palette.text,
    number: palette.number,
    literal: palette.name,
    mark: palette.dim,
  };
  const lines = indentJson(text, { paint: (token, kind) => paints[kind](printable(token)) });
  return `  ${lines.replaceAll("\n", "\n  ")}`;
}

/** Bytes as text; what is no UTF-8 becomes U+FFFD, a byte order mark is left out. */
export function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

import { isUtf8 } from "node:buffer";
import { isJson } from "../../event/is-json.ts";
import { jsonView, textOf } from "./json-view.ts";
import type { Palette } from "./palette.ts";
import { printableLines } from "../../lib/printable.ts";

/** Most bytes of a body that are shown as text or as numbers. */
const mostText = 8_192;
const mostDumped = 512;

/** A body that may hold anything: JSON indented, other text as it is, bytes as numbers. */
export function bodyView(body: Uint8Array, palette: Palette): string {
  if (body.byteLength === 0) return palette.dim("  (empty)");
  if (!isUtf8(body) || body.includes(0)) return hexDump(body, palette);
  const text = textOf(body);
  if (isJson(body)) return jsonView(text, palette);
  const cut = text.length > mostText ? `\n  ${palette.dim("… --raw prints all of it")}` : "";
  return `  ${printableLines(text.slice(0, mostText)).replaceAll("\n", "\n  ")}${cut}`;
}

/** Offset, bytes and letters, 16 a line. */
function hexDump(body: Uint8Array, { dim }: Palette): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(body.byteLength, mostDumped); at += 16) {
    const bytes = [...body.subarray(at, at + 16)];
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const letters = bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
    lines.push(`  ${dim(at.toString(16).padStart(6, "0"))}  ${hex.padEnd(47)}  ${dim(letters.join(""))}`);
  }
  if (body.byteLength > mostDumped) lines.push(`  ${dim("… --raw prints all of it")}`);
  return lines.join("\n");
}

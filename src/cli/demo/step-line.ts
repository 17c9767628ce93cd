import type { Output } from "../io.ts";
import { wrap } from "../view/wrap.ts";

/** A numbered sentence; further lines of it stand below its first. */
export function stepLine(
  number: number,
  text: string,
  output: Pick<Output, "isTTY" | "columns" | "palette">,
): string {
  return `  ${output.palette.name(String(number))}  ${wrap(text, output, "     ")}\n`;
}

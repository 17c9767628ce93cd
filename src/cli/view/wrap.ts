import type { Output } from "../io.ts";
import { widthOf } from "./width.ts";

/**
 * A sentence broken between words to fit a terminal; lines after the first begin with `indent`. Elsewhere, such as in
 * a pipe, it stays one line.
 *
 * @param used columns that are taken on the first line already; as many as `indent` has, if not given
 */
export function wrap(
  text: string,
  output: Pick<Output, "isTTY" | "columns">,
  indent: string,
  used: number = indent.length,
): string {
  if (!output.isTTY) return text;
  const lines: string[] = [];
  let line = "";
  let left = output.columns - used;
  for (const word of text.split(" ")) {
    const width = widthOf(word);
    if (line !== "" && widthOf(line) + 1 + width > left) {
      lines.push(line.trimEnd());
      line = word;
      left = output.columns - widthOf(indent);
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join(`\n${indent}`);
}

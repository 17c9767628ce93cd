import type { Output } from "./io.ts";
import { wrap } from "./wrap.ts";

/** For the longest label, and a gap. */
const labelWidth = 12;
const indent = " ".repeat(2 + labelWidth);

/** One of the rows that say what something is: its label, and its text, which goes on below itself. */
export const labelRow = (label: string, text: string, output: Output): string =>
  `  ${output.palette.dim(label.padEnd(labelWidth))}${wrap(text, output, indent)}`;

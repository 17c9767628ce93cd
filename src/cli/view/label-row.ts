import type { Output } from "../io.ts";
import { wrap } from "./wrap.ts";

/** For the longest label, and a gap. */
const labelWidth = 12;
const indent = " ".repeat(2 + labelWidth);

/** A row with a label and a text; further lines of the text stand below its first. */
export const labelRow = (label: string, text: string, output: Output): string =>
  `  ${output.palette.dim(label.padEnd(labelWidth))}${wrap(text, output, indent)}`;

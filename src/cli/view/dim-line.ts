import type { Output } from "../io.ts";
import { wrap } from "./wrap.ts";

/** A sentence beside the result. */
export const dimLine = (text: string, output: Output): string =>
  `${output.palette.dim(wrap(text, output, ""))}\n`;

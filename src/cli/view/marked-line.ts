import type { Output } from "../io.ts";
import { wrap } from "./wrap.ts";

/** A sentence behind a mark such as `✓`; further lines of it stand below its first. */
export const markedLine = (mark: string, text: string, output: Output): string =>
  `${mark} ${wrap(text, output, "  ")}\n`;

import type { Io } from "../io.ts";
import { cutEnd } from "./width.ts";

/** Short work shows nothing; longer work is drawn anew this often, in ms. */
const firstMs = 400;
const everyMs = 150;

/**
 * A line on a terminal that tells how far long work is; disposing of it takes the line away.
 *
 * @param line what to draw now, and whether it is bad news
 */
export function statusLine(
  { stderr }: Pick<Io, "stderr">,
  line: () => { readonly text: string; readonly isBad?: boolean },
): Disposable {
  if (!stderr.isTTY) return { [Symbol.dispose]: () => undefined };
  const { palette } = stderr;
  let drawn = false;
  const draw = (): void => {
    const { text, isBad } = line();
    // A line that wraps could not be taken back.
    const cut = cutEnd(text, stderr.columns - 1);
    stderr.write(`\r\u001b[2K${isBad === true ? palette.warn(cut) : palette.dim(cut)}`);
    drawn = true;
  };
  let timer = setTimeout(function again() {
    draw();
    timer = setTimeout(again, everyMs);
  }, firstMs);
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      if (drawn) stderr.write("\r\u001b[2K");
    },
  };
}

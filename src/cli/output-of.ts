import type { Output } from "./io.ts";

/** Where there is no terminal, and where one does not say how wide it is. */
const usualColumns = 80;

type Stream = Pick<NodeJS.WriteStream, "write" | "isTTY"> & { readonly columns: number | undefined };

/** A stream of the process, asked anew each time: a terminal may be made wider. */
export function outputOf(stream: Stream): Output {
  return {
    write: (text) => stream.write(text),
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns || usualColumns; // 0 is no width either
    },
  };
}

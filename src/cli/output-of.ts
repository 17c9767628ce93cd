import { type EventEmitter, once } from "node:events";
import { shared } from "../lib/async/shared.ts";
import type { Io, Output } from "./io.ts";
import { isJournal } from "./journal.ts";
import { paletteFor } from "./view/palette.ts";

/** The width without a terminal, or of one that does not say how wide it is. */
const usualColumns = 80;

type Stream = EventEmitter &
  Pick<NodeJS.WriteStream, "write" | "isTTY" | "writableNeedDrain" | "writableLength"> & {
    readonly columns: number | undefined;
    /** Of a file, a pipe or a socket that the process was given. */
    readonly fd?: number;
  };

/** A stream of the process as an output. It is asked for its width each time: a terminal may be made wider. */
export function outputOf(stream: Stream, env: Io["env"]): Output {
  const isToJournal = stream.fd !== undefined && isJournal(stream.fd, env);
  const drained = shared(() => once(stream, "drain"));
  return {
    write: (text) => stream.write(text),
    writeOut: (text) =>
      new Promise((resolve, reject) => stream.write(text, (error) => (error ? reject(error) : resolve()))),
    room: async () => {
      if (stream.writableNeedDrain) await drained();
    },
    get waiting() {
      return stream.writableLength;
    },
    get isTTY() {
      return stream.isTTY;
    },
    isJournal: isToJournal,
    get columns() {
      return stream.columns || usualColumns; // 0 is no width either
    },
    get palette() {
      return paletteFor(stream.isTTY, env);
    },
  };
}

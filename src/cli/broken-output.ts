import type { EventEmitter } from "node:events";

type Stream = Pick<EventEmitter, "on"> & Pick<NodeJS.WriteStream, "isTTY">;

interface Ends {
  /** Nobody reads any more. Called once, although every further line fails again. */
  readonly gone: () => void;
  /** What was to be printed is lost: there is no room for it. */
  readonly lost: (error: Error) => void;
}

/** Watches the outputs of the process, whose errors would otherwise end it with a stack. */
export function watchOutputs(streams: readonly Stream[], { gone, lost }: Ends): void {
  let isGone = false;
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (isGone) return;
      if (!isUnread(error, stream)) return lost(error);
      isGone = true;
      gone();
    });
  }
}

/** The reader has gone, such as `head`, or the terminal was closed. */
function isUnread({ code }: NodeJS.ErrnoException, { isTTY }: Stream): boolean {
  return code === "EPIPE" || (code === "EIO" && isTTY);
}

import type { Log } from "../../log.ts";
import type { PrintEvent } from "../../process/print-events.ts";
import { eventText } from "./event-text.ts";
import type { Output } from "../io.ts";

/** While so many bytes wait for the reader, thousands of events, no event is printed that is in the event log, too. */
const mostWaiting = 8 * 1024 * 1024;

/**
 * Prints events without filling the memory if they come faster than somebody reads them. Those that are in the event log
 * are left out then, which the log tells, until all others have been read: a server goes on although nobody reads what
 * it prints. If printing is all that is done with an event, it waits for its reader, and is not handled before.
 */
export function pacedPrinter(stdout: Output, log: Log): PrintEvent {
  const textOf = eventText(stdout);
  let leftOut = 0;
  const readOn = (): void => {
    log.info("output.read", { leftOut });
    leftOut = 0;
  };
  const leaveOut = (): void => {
    leftOut += 1;
    if (leftOut > 1) return;
    log.warn("output.unread");
    // An output that breaks is told of elsewhere.
    stdout.room().then(readOn, () => (leftOut = 0));
  };
  return async (event, { signal, isInFile }) => {
    if (isInFile && (leftOut > 0 || stdout.waiting > mostWaiting)) return leaveOut();
    if (isInFile) return void stdout.write(textOf(event));
    await stdout.room();
    // Then nobody waits for this attempt any more; the event comes again.
    signal.throwIfAborted();
    await stdout.writeOut(textOf(event));
  };
}

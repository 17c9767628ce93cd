import type { EventLog, PrintedEvent } from "./event-log.ts";
import type { Handlers } from "./handlers.ts";

/** @param signal aborts when nobody waits for it any more, as that of a handler */
export type PrintEvent = (event: PrintedEvent, signal: AbortSignal) => unknown;

/** What is done with events when no handler is configured: they are printed, and appended to the rolling file. */
export function printEvents(print: PrintEvent, file: EventLog | undefined): Handlers {
  return {
    "*": async (event, { signal }) => {
      await print(event, signal);
      await file?.append(event);
    },
  };
}

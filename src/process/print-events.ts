import type { EventLog, PrintedEvent } from "./event-log.ts";
import type { Handlers } from "./handlers.ts";

/** What is done with events when no handler is configured: they are printed, and appended to the rolling file. */
export function printEvents(print: (event: PrintedEvent) => void, file: EventLog | undefined): Handlers {
  return {
    "*": async (event) => {
      print(event);
      await file?.append(event);
    },
  };
}

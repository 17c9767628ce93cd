import type { EventLog, PrintedEvent } from "./event-log.ts";
import type { Handlers } from "./handlers.ts";

/** Shows an event to people; it is handled when that is done. */
export type PrintEvent = (event: PrintedEvent, about: PrintOptions) => unknown;

export interface PrintOptions {
  /** Aborts when nobody waits for it any more, as that of a handler. */
  readonly signal: AbortSignal;
  /** Whether the rolling file gets the event, too. */
  readonly isInFile: boolean;
}

/** What is done with events when no handler is configured: they are printed, and appended to the rolling file. */
export function printEvents(print: PrintEvent, file: EventLog | undefined): Handlers {
  return {
    "*": async (event, { signal }) => {
      await print(event, { signal, isInFile: file !== undefined });
      await file?.append(event);
    },
  };
}

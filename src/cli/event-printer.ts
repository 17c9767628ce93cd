import { indentJson } from "../lib/indent-json.ts";
import type { PrintedEvent } from "../process/event-log.ts";
import type { Output } from "./io.ts";
import { jsonView, textOf } from "./json-view.ts";
import { printable, printableJson } from "../lib/printable.ts";
import { clockTime } from "../lib/times.ts";

/** Prints events to stdout: for people on a terminal, one JSON line each elsewhere. */
export function eventPrinter(stdout: Output): (event: PrintedEvent) => void {
  if (!stdout.isTTY) return (event) => void stdout.write(`${jsonLine(event)}\n`);
  const { palette } = stdout;
  return (event) => {
    const revision = event.revision === null ? "" : `  ${palette.dim("revision")} ${event.revision}`;
    // Beside an entity of the usual length there is no room for more on 80 columns.
    stdout.write(
      `${palette.dim(clockTime(event.receivedAt.getTime()))}  ${palette.bold(printable(event.name))}  ` +
        `${palette.name(printable(event.entity))}\n` +
        `  ${palette.dim("event")} ${printable(event.eventId)}${revision}\n` +
        `${jsonView(textOf(event.body), palette)}\n\n`,
    );
  };
}

/**
 * The same, at the pace of whoever reads it: an event that waits for that is not handled yet, and does not fill the
 * memory.
 */
export function pacedPrinter(stdout: Output): (event: PrintedEvent, signal: AbortSignal) => Promise<void> {
  const print = eventPrinter(stdout);
  return async (event, signal) => {
    await stdout.room();
    // Nobody waits for this attempt any more; the event comes again.
    signal.throwIfAborted();
    print(event);
  };
}

/** The body stands at the end as it was received, but for white space between its tokens, and safe for a terminal. */
function jsonLine({ eventId, name, entity, revision, receivedAt, body }: PrintedEvent): string {
  const head = JSON.stringify({ eventId, name, entity, revision, receivedAt });
  return printableJson(`${head.slice(0, -1)},"body":${indentJson(textOf(body), { mostDepth: -1 })}}`);
}

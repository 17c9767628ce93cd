import type { PrintedEvent } from "../../process/event-log.ts";
import type { Output } from "../io.ts";
import { jsonView, textOf } from "./json-view.ts";
import { printable, printableJson } from "../../lib/printable.ts";
import { clockTime } from "../../lib/times.ts";
import { wrap } from "./wrap.ts";

/** An event as it is printed: for people on a terminal, one JSON line elsewhere. */
export function eventText(stdout: Output): (event: PrintedEvent) => string {
  if (!stdout.isTTY) return (event) => `${lineOf(event)}\n`;
  const { palette } = stdout;
  return (event) => {
    const revision = event.revision === null ? "" : `  ${palette.dim("revision")} ${event.revision}`;
    // Beside an entity of the usual length there is no room for more on 80 columns.
    const head =
      `${palette.dim(clockTime(event.receivedAt.getTime()))}  ${palette.bold(printable(event.name))}  ` +
      palette.name(printable(event.entity));
    return (
      `${wrap(head, stdout, "  ", 0)}\n` +
      `  ${palette.dim("event")} ${printable(event.eventId)}${revision}\n` +
      `${jsonView(textOf(event.body), palette)}\n\n`
    );
  };
}

/**
 * The body stands at the end as it was received, but for line breaks, which JSON has between its tokens only, and safe
 * for a terminal. Its tokens are not looked at, since there may be millions.
 */
function lineOf({ eventId, name, entity, revision, receivedAt, body }: PrintedEvent): string {
  const head = JSON.stringify({ eventId, name, entity, revision, receivedAt });
  return printableJson(`${head.slice(0, -1)},"body":${textOf(body).replace(/[\r\n]+/g, " ")}}`);
}

import type { EventRecord } from "../../api/contract.ts";
import type { Output } from "../io.ts";
import { notesOf } from "./event-table.ts";
import { clockView } from "./moment-view.ts";
import { statusPaint, statusWord } from "./palette.ts";
import { printable } from "../../lib/printable.ts";
import { cutEnd, cutMiddle, pad, widthOf } from "./width.ts";

/** Names and revisions are set this wide, so that entities stand below each other. */
const nameWidth = 23;
const revisionWidth = 7;
/** Longer names are cut on any terminal. All that are known are shorter; whoever knows the secret can send others. */
const longestName = 40;
/** If an entity would have less room than this, the revision is left out. */
const leastEntity = 20;
/** On narrower terminals the milliseconds are left out, and names are cut to their usual width. */
const narrow = 100;

/** One event and what became of it: a line, and a second one for notes that do not fit. */
export function tailLine(record: EventRecord, output: Pick<Output, "isTTY" | "columns" | "palette">): string {
  const { palette } = output;
  const { status, name, entity, revision } = record;
  const time = clockView(record.settledAt ?? record.receivedAt, output);
  const isNarrow = output.isTTY && output.columns < narrow;
  const mostName = isNarrow ? nameWidth : longestName;
  const shownName = output.isTTY ? cutMiddle(printable(name), mostName) : printable(name);
  const start = [
    palette.dim(isNarrow ? time.slice(0, 8) : time),
    statusPaint(status, palette)(pad(statusWord(status), 10)),
    palette.bold(pad(shownName, nameWidth)),
  ].join("  ");
  const whole = `${start}  ${palette.dim(pad(revision === null ? "" : `rev ${revision}`, revisionWidth))}`;
  const shownEntity = printable(entity);
  const notes = printable(notesOf(record));
  if (!output.isTTY) return [whole, shownEntity, notes].filter((part) => part !== "").join("  ");
  const head = output.columns - widthOf(whole) - 2 < leastEntity ? start : whole;
  const room = output.columns - widthOf(head) - 2;
  const line = `${head}  ${palette.name(cutMiddle(shownEntity, room))}`;
  if (notes === "") return line;
  if (widthOf(line) + 2 + widthOf(notes) <= output.columns) return `${line}  ${palette.warn(notes)}`;
  return `${line}\n${" ".repeat(10)}${palette.warn(cutEnd(`↳ ${notes}`, output.columns - 10))}`;
}

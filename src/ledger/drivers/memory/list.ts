import { matches } from "../../../event/pattern.ts";
import type { EventFilter, EventRecord, Page } from "../../record.ts";
import { containsText } from "../../contains-text.ts";
import { type Entry, recordOf } from "./store.ts";

/**
 * A page of the entries, newest first. A cursor names the last entry of the page before by its time of receipt and its
 * sequence number, so that it stays good while others arrive.
 *
 * @throws {RangeError} if the cursor is none of ours
 */
export function pageOf(
  entries: Iterable<Entry>,
  filter: EventFilter,
  limit: number,
  cursor: string | null,
): Page<EventRecord> {
  const isAfter = afterCursor(cursor);
  const found = [...entries].filter((entry) => isAfter(entry) && meets(entry, filter)).sort(newestFirst);
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { items: page.map(recordOf), next: last === undefined ? null : cursorOf(last) };
}

const newestFirst = (a: Entry, b: Entry): number =>
  b.message.receivedAt - a.message.receivedAt || b.sequence - a.sequence;

const cursorOf = ({ message, sequence }: Entry): string => `${message.receivedAt}.${sequence}`;

function afterCursor(cursor: string | null): (entry: Entry) => boolean {
  if (cursor === null) return () => true;
  const [, receivedAt, sequence] = /^(-?\d{1,16})\.(\d{1,16})$/.exec(cursor) ?? [];
  if (receivedAt === undefined || sequence === undefined) {
    throw new RangeError("This cursor is damaged. Take `next` of the page before as it is.");
  }
  const [time, place] = [Number(receivedAt), Number(sequence)];
  return ({ message, sequence }) =>
    message.receivedAt < time || (message.receivedAt === time && sequence < place);
}

function meets(entry: Entry, filter: EventFilter): boolean {
  const { message, status } = entry;
  return (
    (filter.entity === undefined || message.entity === filter.entity) &&
    (filter.name === undefined || matches(filter.name, message.name)) &&
    (filter.status === undefined || status === filter.status) &&
    (filter.since === undefined || message.receivedAt >= filter.since) &&
    (filter.until === undefined || message.receivedAt < filter.until) &&
    (filter.text === undefined || holds(entry, filter.text))
  );
}

function holds({ message, error }: Entry, text: string): boolean {
  return [message.body, Buffer.from(error ?? "")].some((bytes) => containsText(bytes, text));
}

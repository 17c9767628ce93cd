import { matches } from "../../../event/pattern.ts";
import type { EventFilter, EventRecord, Page } from "../../record.ts";
import { containsText } from "../../contains-text.ts";
import { cursorOf, newestFirst, parseCursor, type Place } from "../../list-place.ts";
import { type Entry, recordOf } from "./store.ts";

/**
 * A page of the entries, newest first.
 *
 * @throws {RangeError} if the cursor is none of ours
 */
export function pageOf(
  entries: Iterable<Entry>,
  filter: EventFilter,
  limit: number,
  cursor: string | null,
): Page<EventRecord> {
  const from = parseCursor(cursor);
  const found = [...entries]
    .filter((entry) => meets(entry, filter))
    .filter((entry) => from === undefined || newestFirst(placeOf(entry), from) > 0)
    .sort((a, b) => newestFirst(placeOf(a), placeOf(b)));
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { items: page.map(recordOf), next: cursorOf(last && placeOf(last)) };
}

const placeOf = ({ message, seq }: Entry): Place => ({ receivedAt: message.receivedAt, seq });

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

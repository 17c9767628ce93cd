import type { Ledger } from "../ledger/ledger.ts";
import type { EventFilter, EventRecord, Page } from "../ledger/record.ts";

type Lists = Pick<Ledger, "list">;
/** What of a record is kept in memory. */
export type Listed = Pick<EventRecord, "eventId" | "attempts">;

/** What one look at the ledger reads, and about what a part holds. */
const some = 500;

/**
 * A ledger lists the newest first. This divides what it lists into spans of time with some 500 events each, which can
 * be held in memory and turned round: the filters of these, the oldest first. What came in one request is in one span.
 */
export async function spansOf(ledger: Lists, filter: EventFilter): Promise<readonly EventFilter[]> {
  const spans: EventFilter[] = [];
  let until = filter.until;
  let held = 0;
  for await (const { items } of pagesOf(ledger, filter)) {
    const [newest, oldest] = [items[0], items.at(-1)];
    if (newest === undefined || oldest === undefined) continue;
    // What comes while this is worked on is not meant, and there may be much of it.
    until ??= Date.parse(newest.receivedAt) + 1;
    const since = Date.parse(oldest.receivedAt);
    held += items.length;
    if (held < some || since >= until) continue;
    spans.push({ ...filter, since, until });
    until = since;
    held = 0;
  }
  if (held > 0 && until !== undefined) spans.push({ ...filter, until });
  return spans.toReversed();
}

/** All that one of these filters lists, the oldest first. */
export async function oldestFirst(ledger: Lists, span: EventFilter): Promise<readonly Listed[]> {
  const listed: Listed[] = [];
  for await (const { items } of pagesOf(ledger, span))
    for (const { eventId, attempts } of items) listed.push({ eventId, attempts });
  return listed.toReversed();
}

/** The newest first. What leaves the list meanwhile moves nothing, since a page begins at a place in time. */
export async function* pagesOf(ledger: Lists, filter: EventFilter): AsyncGenerator<Page<EventRecord>> {
  let cursor: string | null = null;
  do {
    const page: Page<EventRecord> = await ledger.list(filter, some, cursor);
    yield page;
    cursor = page.next;
  } while (cursor !== null);
}

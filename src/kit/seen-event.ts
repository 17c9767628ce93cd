import type { OpenRecord } from "../event/payloads.ts";
import { toEvent } from "../event/lazy-event.ts";
import { type Entry, recordOf } from "../ledger/drivers/memory/store.ts";
import type { EventDetail } from "../ledger/record.ts";

/** What a test kit knows of an event: the event, what became of it, and every run of its handler. */
export interface SeenEvent extends EventDetail {
  /** The event's data; `undefined` if it has none. */
  readonly payload: OpenRecord | undefined;
}

export function seenEvent(entry: Entry): SeenEvent {
  const { payload } = toEvent(entry.message);
  return { ...recordOf(entry), attemptLog: [...entry.attemptLog], payload };
}

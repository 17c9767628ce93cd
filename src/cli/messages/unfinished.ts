import type { EventRecord } from "../../api/contract.ts";
import { isFinal, messageIn, statusIn } from "./missed.ts";

/** How many messages are remembered, so that the memory is bounded; one that was forgotten is only asked for again. */
const mostRemembered = 200_000;

/**
 * The messages that have no final status as far as these events tell, each mostly once. Of a message whose events came
 * out of order that is wrong, so whoever needs to know looks at the whole of it.
 *
 * @param events the newest first
 * @param onEvent told of each event
 */
export async function* unfinished(
  events: AsyncIterable<EventRecord>,
  onEvent: (event: EventRecord) => void,
): AsyncIterable<string> {
  const seen = new Set<string>();
  for await (const event of events) {
    onEvent(event);
    const status = statusIn(event.name);
    const messageId = messageIn(event.entity);
    if (status === undefined || messageId === undefined || seen.has(messageId)) continue;
    seen.add(messageId);
    if (seen.size > mostRemembered) seen.delete(oldestOf(seen));
    if (!isFinal(status)) yield messageId;
  }
}

/** A set tells its items in the order in which they came. */
function oldestOf(seen: ReadonlySet<string>): string {
  for (const item of seen) return item;
  return "";
}

import { setImmediate } from "node:timers/promises";
import type { Families } from "../event/entity.ts";
import { parseBatch, type Batch, type Unusable } from "../event/envelope.ts";
import type { Message } from "../event/message.ts";
import type { Queue } from "../queue/queue.ts";

export interface QueueEventsParts {
  readonly queue: Pick<Queue, "put">;
  readonly families: Families;
  readonly newCopy: () => string;
}

/** How many unusable elements are kept of a body: millions of them must not fill the memory. */
const mostUnusable = 1_000;

/**
 * Puts all events of a signed body into the queue, part by part; between two parts other requests get their turn.
 * Resolves when every event is durable. If it fails half way, a repeat of the body puts those already taken once more.
 *
 * @param receivedAt when the body came, in ms since 1970
 * @returns how many events it holds, its first 1,000 elements that are not events, and how many more of those it has
 * @throws {MalformedError} before any is taken
 */
export async function queueEvents(
  parts: QueueEventsParts,
  body: Uint8Array,
  receivedAt: number,
): Promise<{ readonly count: number; readonly unusable: readonly Unusable[]; readonly leftOut: number }> {
  let count = 0;
  let leftOut = 0;
  const unusable: Unusable[] = [];
  for (let next: number | undefined; ;) {
    const batch = parseBatch(body, parts.families, next);
    const messages = messagesOf(batch, parts.newCopy, receivedAt);
    if (messages.length > 0) await parts.queue.put(messages);
    count += messages.length;
    const room = mostUnusable - unusable.length;
    unusable.push(...batch.unusable.slice(0, room));
    leftOut += Math.max(0, batch.unusable.length - room);
    next = batch.next;
    if (next === undefined) return { count, unusable, leftOut };
    if (messages.length === 0) await setImmediate();
  }
}

function messagesOf({ envelopes }: Batch, newCopy: () => string, receivedAt: number): readonly Message[] {
  return envelopes.map((envelope) => ({ ...envelope, receivedAt, copy: newCopy(), replay: false }));
}

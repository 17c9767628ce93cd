import type { Channel } from "rabbitmq-client";
import type { Held } from "./held.ts";

/** Tags of a channel that were not answered yet, the lowest first. */
const unanswered = new WeakMap<Channel, Set<number>>();

/** Notes what came on a channel, so that many answers can become one. */
export function noteArrival(channel: Channel, tag: number): void {
  const tags = unanswered.get(channel) ?? new Set();
  tags.add(tag);
  unanswered.set(channel, tags);
}

/** Acknowledges these. What came on a channel that is gone will be handed out again. */
export function acknowledge(all: readonly Held[]): void {
  const byChannel = Map.groupBy(all, ({ channel }) => channel);
  for (const [channel, some] of byChannel) {
    if (channel.active) acknowledgeOn(channel, new Set(some.map(({ came }) => came.deliveryTag)));
  }
}

/** Acknowledges the first ones in a row with one frame, each of the others with its own. */
function acknowledgeOn(channel: Channel, tags: ReadonlySet<number>): void {
  const open = unanswered.get(channel) ?? new Set();
  let upTo = 0;
  for (const tag of open) {
    if (!tags.has(tag)) break;
    upTo = tag;
    open.delete(tag);
  }
  if (upTo > 0) channel.basicAck({ deliveryTag: upTo, multiple: true });
  for (const deliveryTag of tags) {
    if (open.delete(deliveryTag)) channel.basicAck({ deliveryTag });
  }
}

import type { Channel } from "rabbitmq-client";
import type { AmqpHeld, Held } from "./held.ts";

/** Acknowledges these, which are held no more. What came on a channel that is gone will be handed out again. */
export function acknowledge(held: AmqpHeld, all: readonly Held[]): void {
  const answered = all.filter((each) => held.forget(each));
  for (const [channel, some] of Map.groupBy(answered, (each) => each.channel)) {
    const tags = some.map(({ came }) => came.deliveryTag);
    if (channel.active) acknowledgeOn(channel, tags, held.firstTag(channel));
  }
}

/** Acknowledges those before all that is still held with one frame, each of the others with its own. */
function acknowledgeOn(channel: Channel, tags: readonly number[], firstHeld: number): void {
  const inRow = tags.filter((tag) => tag < firstHeld);
  if (inRow.length > 0) channel.basicAck({ deliveryTag: Math.max(...inRow), multiple: true });
  for (const deliveryTag of tags) if (deliveryTag > firstHeld) channel.basicAck({ deliveryTag });
}

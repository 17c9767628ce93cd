import type { Message } from "../../src/event/message.ts";
import { MessageStream } from "./message-stream.ts";
import type { PublishJob, Sender } from "./peer.ts";

/** Batches when a queue is filled; the numbers of events are multiples of their size. */
const filling = { lanes: 10, batch: 100 };

/** Sends batches in several lanes, each its next one as soon as the last is confirmed; events confirmed a second. */
export async function publish(sender: Sender, job: PublishJob): Promise<number> {
  const from = performance.now() + job.warmUpSeconds * 1_000;
  const until = from + job.seconds * 1_000;
  let confirmed = 0;
  await inLanes(job, async (next) => {
    await sender.send(next());
    const now = performance.now();
    if (now >= from && now < until) confirmed += job.batch;
    return now < until;
  });
  return confirmed / job.seconds;
}

/** Sends this many events. */
export async function fillWith(sender: Sender, events: number): Promise<void> {
  let begun = 0;
  await inLanes(filling, async (next) => {
    begun += filling.batch;
    if (begun > events) return false;
    await sender.send(next());
    return true;
  });
}

/** @param step resolves to whether its lane goes on; the bytes of its messages are used again for the next */
async function inLanes(
  { lanes, batch }: Pick<PublishJob, "lanes" | "batch">,
  step: (next: () => readonly Message[]) => Promise<boolean>,
): Promise<void> {
  const run = async (): Promise<void> => {
    const stream = new MessageStream(batch);
    while (await step(() => stream.next()));
  };
  await Promise.all(Array.from({ length: lanes }, run));
}

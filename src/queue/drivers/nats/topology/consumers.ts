import type { JetStreamManager } from "@nats-io/jetstream";
import { QueueUnavailableError } from "../../../../errors.ts";
import { sleep } from "../../../../lib/async/sleep.ts";
import { within } from "../../../../lib/async/within.ts";
import { isApiError } from "../errors.ts";
import type { NatsShard } from "./shard.ts";
import type { NatsPlan } from "./streams.ts";

/** How long a consumer may take to be there, or gone, in ms. */
const changingMs = 3_000;
/** After how long without an answer, and how long after a refusal, a change is asked for once more, in ms. */
const [silenceMs, againMs] = [1_000, 100];

/** Makes the consumer of a shard, unless it is there. */
export async function addConsumer(
  manager: JetStreamManager,
  plan: NatsPlan,
  shard: NatsShard,
): Promise<void> {
  await insist(() =>
    manager.consumers.add(plan.name, {
      durable_name: shard.consumer,
      filter_subject: `${plan.name}.${shard.index}.>`,
      deliver_policy: "all",
      ack_policy: "explicit",
      ack_wait: plan.leaseMs * 1e6,
      max_deliver: -1,
      // What is delayed counts too, and must not hold back the others.
      max_ack_pending: -1,
    }),
  );
}

/** Removes a consumer, if it is there. */
export async function removeConsumer(
  manager: JetStreamManager,
  stream: string,
  consumer: string,
): Promise<void> {
  try {
    await insist(() => manager.consumers.delete(stream, consumer));
  } catch (error) {
    if (!isApiError(error, "consumerNotFound")) throw error;
  }
}

/**
 * Repeats a change until it is done. Each server of a cluster removes and makes consumers by itself. A server that is
 * behind still has the old consumer, and therefore refuses the new one; and some changes are made without an answer to
 * us.
 */
async function insist(change: () => Promise<unknown>): Promise<void> {
  for (const until = performance.now() + changingMs; performance.now() < until; await sleep(againMs)) {
    try {
      if ((await within(silenceMs, change())) !== undefined) return;
    } catch (error) {
      if (!isApiError(error, "consumerNotUnique")) throw error;
    }
  }
  throw new QueueUnavailableError("NATS does not change its consumers in time.");
}

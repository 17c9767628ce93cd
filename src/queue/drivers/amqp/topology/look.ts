import type { Channel } from "rabbitmq-client";
import { codeOf } from "../../../../lib/error-code.ts";
import { channelsToAskOnce } from "../connection/channels.ts";
import type { AmqpNames } from "./names.ts";
import type { OpenChannel } from "../connection/session.ts";

/** Thrown if there are no queues and none are to be made. */
export class NothingThereError extends Error {}

/** Asks which queues are there before any is made, if a queue is only looked at. */
export class AmqpLook {
  readonly #names: AmqpNames;
  readonly #missing = new Set<string>();

  constructor(names: AmqpNames) {
    this.#names = names;
  }

  /** Queues that were missing among others, in their order. */
  get missing(): readonly string[] {
    return this.#names.queues.filter((queue) => this.#missing.has(queue));
  }

  /** @throws {NothingThereError} if none is there */
  async begin(open: OpenChannel): Promise<void> {
    const { queues } = this.#names;
    const left = queues.values();
    const missing: string[] = [];
    const ask = async (first: Channel): Promise<void> => {
      let channel: Channel | undefined = first;
      for (const queue of left) {
        // The server ends a channel on which it was asked for a queue that is missing.
        channel ??= await open(() => undefined);
        if (await isThere(channel, queue)) continue;
        missing.push(queue);
        channel = undefined;
      }
      await channel?.close();
    };
    await Promise.all((await channelsToAskOnce(open)).map(ask));
    if (missing.length === queues.length) throw new NothingThereError("There are no queues.");
    for (const queue of missing) this.#missing.add(queue);
  }
}

async function isThere(channel: Channel, queue: string): Promise<boolean> {
  try {
    await channel.queueDeclare({ queue, passive: true });
    return true;
  } catch (error) {
    if (codeOf(error) !== "NOT_FOUND") throw error;
    return false;
  }
}

import type { Channel } from "rabbitmq-client";
import { NotMadeError } from "../../../../lib/engines/not-made.ts";
import { codeOf } from "../../../../lib/error-code.ts";
import { channelsToAskOnce } from "../connection/channels.ts";
import type { AmqpTarget } from "../connection/url.ts";
import type { OpenChannel } from "../connection/session.ts";
import { amqpReport } from "../report.ts";
import type { AmqpNames } from "./names.ts";

/** Asks which queues are there before any is made, if a queue is only looked at. */
export class AmqpLook {
  readonly #target: AmqpTarget;
  readonly #names: AmqpNames;
  readonly #missing = new Set<string>();

  constructor(target: AmqpTarget, names: AmqpNames) {
    this.#target = target;
    this.#names = names;
  }

  /** Queues that were missing among others, in their order. */
  get missing(): readonly string[] {
    return this.#names.queues.filter((queue) => this.#missing.has(queue));
  }

  /** @throws {NotMadeError} if none is there */
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
    if (missing.length === queues.length) throw await this.#notMade();
    for (const queue of missing) this.#missing.add(queue);
  }

  async #notMade(): Promise<NotMadeError> {
    const { name, url } = this.#target;
    return new NotMadeError({
      part: "queue",
      shown: url.shown,
      place: `of the name ${name}`,
      check: "virtual host and ?name=",
      report: await amqpReport(this.#target, { missing: [] }),
    });
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

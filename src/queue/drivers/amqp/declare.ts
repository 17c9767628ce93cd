import type { Channel } from "rabbitmq-client";
import { allShards } from "../../driver.ts";
import { otherChannels } from "./channels.ts";
import type { AmqpLook } from "./look.ts";
import type { AmqpNames } from "./names.ts";
import type { Broken, OpenChannel } from "./session.ts";
import { declareTopology, type IsOneByOne } from "./topology.ts";
import { isError } from "../../../lib/is-error.ts";

export interface Declared {
  /** The channel on which it was declared, for further use. */
  readonly channel: Channel;
  /** Whether the queues of all shards have a single active consumer. */
  readonly isOneByOne: boolean;
}

export interface Topology {
  readonly names: AmqpNames;
  /** Given if nothing is to be made where nothing is. */
  readonly look: AmqpLook | undefined;
}

async function declareOver(
  open: OpenChannel,
  first: Channel,
  names: AmqpNames,
  isOneByOne: IsOneByOne,
): Promise<void> {
  const others = await otherChannels(open);
  try {
    await declareTopology([first, ...others], names, isOneByOne);
  } finally {
    await Promise.all(others.map((channel) => channel.close()));
  }
}

/**
 * Which queues of shards have a single active consumer: all, as long as the server refuses none. If it does, an older
 * version made them; but one that was missing then may have been made by this version.
 */
class QueueKinds {
  readonly #names: AmqpNames;
  #areOlder = false;
  readonly #newer = new Set<number>();

  constructor(names: AmqpNames) {
    this.#names = names;
  }

  readonly isOneByOne: IsOneByOne = (shard) => !this.#areOlder || this.#newer.has(shard);

  /** @returns false if this error is no refusal from which it follows what to try next */
  learnsFrom(error: unknown): boolean {
    if (!(isError(error) && error.message.includes("x-single-active-consumer"))) return false;
    const shard = allShards.find((each) => error.message.includes(`'${this.#names.shard(each)}'`));
    if (shard === undefined || (this.#areOlder && this.isOneByOne(shard))) return false;
    if (this.#areOlder) this.#newer.add(shard);
    this.#areOlder = true;
    return true;
  }
}

/**
 * Declares everything. The settings of a queue cannot be changed while it exists. So queues that an older version made,
 * which may run beside this one, stay as they are.
 *
 * @throws {NothingThereError} if nothing is, and nothing is to be made
 */
export async function declare(
  open: OpenChannel,
  broken: Broken,
  { names, look }: Topology,
): Promise<Declared> {
  const kinds = new QueueKinds(names);
  const declareSo = async (): Promise<Declared> => {
    let isDone = false;
    // A refusal ends the channel, and the declaration itself fails with it.
    const channel = await open((error) => {
      if (isDone) broken(error);
    });
    await declareOver(open, channel, names, kinds.isOneByOne);
    isDone = true;
    // The channel may have ended right after the last answer.
    if (!channel.active) throw new Error("the server closed a channel");
    return { channel, isOneByOne: allShards.every(kinds.isOneByOne) };
  };
  await look?.begin(open);
  while (true) {
    try {
      return await declareSo();
    } catch (error) {
      if (!kinds.learnsFrom(error)) throw error;
    }
  }
}

import type { Channel } from "rabbitmq-client";
import { codeOf } from "../../../lib/error-code.ts";
import type { AmqpNames } from "./names.ts";
import type { Broken, OpenChannel } from "./session.ts";
import { declareTopology } from "./topology.ts";
import { isError } from "../../../lib/is-error.ts";

export interface Declared {
  /** On which it was declared; for further use. */
  readonly channel: Channel;
  /** Whether the queues of shards have a single active consumer. */
  readonly isOneByOne: boolean;
}

export interface Topology {
  readonly names: AmqpNames;
  /** Whether it is left as it is, if there is nothing. */
  readonly isLook: boolean;
}

/** There are no queues, and none were made. */
export class NothingThereError extends Error {}

/** So many channels declare at a time: a server far away takes a while for each of some 150 answers. */
const channelsAtOnce = 8;

async function declareOver(
  open: OpenChannel,
  first: Channel,
  names: AmqpNames,
  isOneByOne: boolean,
): Promise<void> {
  const nobody = (): void => undefined;
  const others = await Promise.all(Array.from({ length: channelsAtOnce - 1 }, () => open(nobody)));
  try {
    await declareTopology([first, ...others], names, isOneByOne);
  } finally {
    await Promise.all(others.map((channel) => channel.close()));
  }
}

async function assertThere(channel: Channel, names: AmqpNames): Promise<void> {
  try {
    await channel.queueDeclare({ queue: names.shard(0), passive: true });
  } catch (error) {
    const isMissing = codeOf(error) === "NOT_FOUND";
    throw isMissing ? new NothingThereError("There are no queues.", { cause: error }) : error;
  }
}

/**
 * Declares everything. Settings of a queue cannot be changed while it is there, so those that an older version made,
 * which may be at work beside this one, stay as they are.
 *
 * @throws {NothingThereError} if nothing is, and nothing is to be made
 */
export async function declare(
  open: OpenChannel,
  broken: Broken,
  { names, isLook }: Topology,
): Promise<Declared> {
  const declareSo = async (isOneByOne: boolean): Promise<Declared> => {
    let isDone = false;
    // A refusal ends the channel, and whoever declares is told of it.
    const channel = await open((error) => {
      if (isDone) broken(error);
    });
    if (isLook) await assertThere(channel, names);
    await declareOver(open, channel, names, isOneByOne);
    isDone = true;
    // It may have ended right behind the last answer.
    if (!channel.active) throw new Error("the server closed a channel");
    return { channel, isOneByOne };
  };
  try {
    return await declareSo(true);
  } catch (error) {
    if (!(isError(error) && error.message.includes("x-single-active-consumer"))) throw error;
    return declareSo(false);
  }
}

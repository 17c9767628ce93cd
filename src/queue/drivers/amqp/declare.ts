import type { Channel } from "rabbitmq-client";
import { codeOf } from "../../../lib/error-code.ts";
import type { AmqpNames } from "./names.ts";
import type { Broken, OpenChannel } from "./session.ts";
import { declareTopology } from "./topology.ts";
import { isError } from "../../../lib/is-error.ts";

export interface Declared {
  /** The channel on which it was declared, for further use. */
  readonly channel: Channel;
  /** Whether the queues of shards have a single active consumer. */
  readonly isOneByOne: boolean;
}

export interface Topology {
  readonly names: AmqpNames;
  /** Whether nothing is made if nothing is there. */
  readonly isLook: boolean;
}

/** Thrown if there are no queues and none are to be made. */
export class NothingThereError extends Error {}

/** How many channels declare at a time: a server far away takes a while for each of some 150 answers. */
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
 * Declares everything. The settings of a queue cannot be changed while it exists. So queues that an older version made,
 * which may run beside this one, stay as they are.
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
    // A refusal ends the channel, and the declaration itself fails with it.
    const channel = await open((error) => {
      if (isDone) broken(error);
    });
    if (isLook) await assertThere(channel, names);
    await declareOver(open, channel, names, isOneByOne);
    isDone = true;
    // The channel may have ended right after the last answer.
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

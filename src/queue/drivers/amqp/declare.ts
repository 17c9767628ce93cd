import type { Channel } from "rabbitmq-client";
import { otherChannels } from "./channels.ts";
import type { AmqpLook } from "./look.ts";
import type { AmqpNames } from "./names.ts";
import type { OpenChannel } from "./session.ts";
import { declareTopology } from "./topology.ts";

export interface Topology {
  readonly names: AmqpNames;
  /** Given if nothing is to be made where nothing is. */
  readonly look: AmqpLook | undefined;
}

/**
 * Declares everything.
 *
 * @returns the channel on which it was declared, for further use
 * @throws {NothingThereError} if nothing is, and nothing is to be made
 */
export async function declare(open: OpenChannel, { names, look }: Topology): Promise<Channel> {
  await look?.begin(open);
  const channel = await open();
  const others = await otherChannels(open);
  try {
    await declareTopology([channel, ...others], names);
  } finally {
    await Promise.all(others.map((other) => other.close()));
  }
  return channel;
}

import type { Channel, HeaderFields } from "rabbitmq-client";

/**
 * Channels of a process that receives. Those that are asked for and those that come by themselves have numbers of their
 * own, so that an answer "up to this one" never hits one that was not seen yet.
 */
export interface ReceiveLink {
  /** For declarations; it ends when a queue is missing. */
  readonly control: Channel;
  readonly pull: Channel;
  readonly push: Channel;
}

/** Told what came: its shard, its channel and its number there, and what it is. */
export type Arrived = (
  shard: number,
  channel: Channel,
  tag: number,
  fields: HeaderFields,
  body: unknown,
) => void;

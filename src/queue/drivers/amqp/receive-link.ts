import type { Channel, HeaderFields } from "rabbitmq-client";
import type { Broken } from "./session.ts";

/** Channels of a process that receives. */
export interface ReceiveLink {
  /** For declarations; it ends when a queue is missing. */
  readonly control: Channel;
  /** One more channel, for what comes of a shard; told if the server ends it. */
  readonly open: (ended: Broken) => Promise<Channel>;
  /** Ends one of those; the server takes back what came on it. */
  readonly close: (channel: Channel) => Promise<void>;
  /** All of this is of no use any more. */
  readonly broken: Broken;
}

/** Told what came: its shard, its channel and its number there, and what it is. */
export type Arrived = (
  shard: number,
  channel: Channel,
  tag: number,
  fields: HeaderFields,
  body: unknown,
) => void;

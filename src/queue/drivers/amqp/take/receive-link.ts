import type { AsyncMessage, Channel } from "rabbitmq-client";
import type { Broken } from "../connection/session.ts";

/** Channels of a process that receives. */
export interface ReceiveLink {
  /** To count over; the server ends one of them when a queue is missing. */
  readonly counting: readonly Channel[];
  /** Opens one more channel, for the messages of a shard; `ended` is called if the server ends it. */
  readonly open: (ended: Broken) => Promise<Channel>;
  /** Closes such a channel; the server takes back what came on it. */
  readonly close: (channel: Channel) => Promise<void>;
  /** To be called if the link is of no use any more. */
  readonly broken: Broken;
}

/** Told what came of which shard, and on which channel. */
export type Arrived = (shard: number, channel: Channel, message: AsyncMessage) => void;

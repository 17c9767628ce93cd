import { sharedShards } from "../../../driver.ts";

/**
 * How many channels ask at a time: on each of them, only one question is under way, and a server far away takes a while
 * for each answer.
 */
export const channelsAtOnce = 8;
/** How many channels the connection of a worker needs: for the shards, to count, and to keep the queue. */
export const mostChannels: number = sharedShards + channelsAtOnce + 1;

/** What the client says when the server gives its connection no more channels, and how many it has given. */
export const tooFewChannels: RegExp = /^maximum number of AMQP Channels already opened \((\d+)\)$/;

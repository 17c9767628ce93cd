import { allShards } from "../../driver.ts";

/** The stream of each shard, such as `{hookwell}:7`. */
export const streamsOf = (prefix: string): readonly string[] =>
  allShards.map((shard) => `${prefix}:${shard}`);

/** The keys of these shards: three of each, in the order that the scripts expect. */
export const keysOf = (prefix: string, shards: readonly number[]): readonly string[] =>
  shards.flatMap((shard) => [`${prefix}:${shard}`, `${prefix}:${shard}:due`, `${prefix}:${shard}:held`]);

/** The channel on which it is published that there is something to hand out. */
export const channelOf = (prefix: string): string => `${prefix}:ready`;

/** Names a message: its shard, and its id in the stream of that. */
export const receiptOf = (shard: number, id: string): string => `${shard}:${id}`;

export function partsOf(receipt: string): readonly [shard: number, id: string] {
  const colon = receipt.indexOf(":");
  return [Number(receipt.slice(0, colon)), receipt.slice(colon + 1)];
}

/** Names a message: its shard, and its id in the stream of that. */
export const receiptOf = (shard: number, id: string): string => `${shard}:${id}`;

export function partsOf(receipt: string): readonly [shard: number, id: string] {
  const colon = receipt.indexOf(":");
  return [Number(receipt.slice(0, colon)), receipt.slice(colon + 1)];
}

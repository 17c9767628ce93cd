/** Names a message: `p<pack>.<index>` in a pack, `d<id>` in the table of delayed ones. */
export type Receipt = string;

export const packedReceipt = (pack: number, index: number): Receipt => `p${pack}.${index}`;
export const delayedReceipt = (id: number): Receipt => `d${id}`;

export interface PackPlace {
  readonly pack: number;
  readonly index: number;
}

/** Where a message is; undefined if it is not in a pack. */
export function placeOf(receipt: Receipt): PackPlace | undefined {
  if (!receipt.startsWith("p")) return undefined;
  const [pack, index] = receipt.slice(1).split(".");
  return { pack: Number(pack), index: Number(index) };
}

/** Receipts by where their messages are: indexes in each pack, and ids of delayed ones. */
export function sorted(receipts: readonly Receipt[]): { packed: Map<number, number[]>; delayed: number[] } {
  const packed = new Map<number, number[]>();
  const delayed: number[] = [];
  for (const receipt of receipts) {
    const place = placeOf(receipt);
    if (place === undefined) delayed.push(idOf(receipt));
    else if (!packed.get(place.pack)?.push(place.index)) packed.set(place.pack, [place.index]);
  }
  return { packed, delayed };
}

/** The id of a message that is not in a pack. */
export const idOf = (receipt: Receipt): number => Number(receipt.slice(1));

import { isWhole, type Seat } from "./held.ts";

/** What waits in this process, with or without its message. */
export interface Kept extends Pick<Seat, "order"> {
  seat: Seat;
  /** On the clock of this process, in ms. */
  readonly readyAt: number;
  /** True if its lease began some time ago, and not just now. */
  isOld: boolean;
  /** True if it was handed on too early. */
  readonly isSentBack: boolean;
}

/** How many of a lane may come again at a time: a worker holds no more of one. */
const laneful = 400;

/**
 * Those whose turn may come, in their order. What its lane has no place for would only be sent back once more: so of what was
 * sent back, the first ones of a lane go; those without their messages, when none that is whole waits before them. All that
 * is behind stays there.
 */
export function leadOf(inOrder: readonly Kept[], mayGo: (seat: Seat) => boolean): readonly Kept[] {
  const lanes = new Map<string, { readonly isWhole: boolean; count: number }>();
  return inOrder.filter(({ seat, isSentBack }) => {
    const isHere = isWhole(seat);
    const lane = lanes.get(seat.lane) ?? { isWhole: isHere, count: 0 };
    lanes.set(seat.lane, lane);
    if (lane.isWhole !== isHere) lane.count = laneful;
    if (lane.count === laneful) return false;
    if (isSentBack || !isHere) lane.count += 1;
    return mayGo(seat);
  });
}

/** Those without whose bodies the others fit: each lane keeps its first ones, and all lanes as much of them. */
export function surplusOf(inOrder: readonly Kept[], mostBytes: number): readonly Kept[] {
  const before = new Map<string, number>();
  const ranked = inOrder.map((kept) => {
    const { lane, bytes } = kept.seat;
    const rank = before.get(lane) ?? 0;
    before.set(lane, rank + bytes);
    return { kept, rank };
  });
  const surplus: Kept[] = [];
  let left = mostBytes;
  for (const { kept } of ranked.toSorted((a, b) => a.rank - b.rank)) {
    if (!isWhole(kept.seat)) continue;
    left -= kept.seat.bytes;
    if (left < 0) surplus.push(kept);
  }
  return surplus;
}

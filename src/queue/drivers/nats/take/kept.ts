import { laneful } from "../../../driver.ts";
import { byOrder } from "../attempts/attempts.ts";
import { isWhole, type Seat } from "../answer/held.ts";

/** What waits in this process, with or without its message. */
export interface Kept {
  seat: Seat;
  /** On the clock of this process, in ms. */
  readonly readyAt: number;
  /** True if it was put back here since the server handed it out. */
  readonly isAgain: boolean;
}

/** What waits, by lane, and in order there: a long lane must not be searched for each message. */
export class KeptLanes {
  readonly #lanes = new Map<string, Kept[]>();

  add(kept: Kept): void {
    const lane = this.#lanes.get(kept.seat.lane);
    if (lane === undefined) this.#lanes.set(kept.seat.lane, [kept]);
    else lane.splice(placeIn(lane, kept), 0, kept);
  }

  remove(some: ReadonlySet<Kept>): void {
    for (const key of new Set(Array.from(some, ({ seat }) => seat.lane))) {
      const left = (this.#lanes.get(key) ?? []).filter((kept) => !some.has(kept));
      if (left.length > 0) this.#lanes.set(key, left);
      else this.#lanes.delete(key);
    }
  }

  /** All of these shards; all of a lane is in the same one. */
  ofShards(isWanted: (shard: number) => boolean): readonly Kept[] {
    const lanes = [...this.#lanes.values()];
    return lanes.filter(([first]) => first !== undefined && isWanted(first.seat.shard.index)).flat();
  }

  /**
   * Those whose turn it is. A message for which the lane of a worker has no room would only be sent back again. So of
   * the messages that were sent back, only the first ones of a lane go; of these, one without its body goes when no
   * whole one waits before it. All that is behind them stays, and so does all that is behind one whose time has not
   * come.
   */
  lead(mayGo: (seat: Seat) => boolean, now: number): readonly Kept[] {
    return [...this.#lanes.values()].flatMap((lane) => leadOf(lane, now).filter(({ seat }) => mayGo(seat)));
  }

  /** When the next one is ready; infinity if there is none. */
  nextAt(now: number): number {
    let soonest = Infinity;
    for (const lane of this.#lanes.values()) {
      const next = lane[leadOf(lane, now).length];
      if (next !== undefined && next.readyAt > now) soonest = Math.min(soonest, next.readyAt);
    }
    return soonest;
  }

  /** Those whose bodies must go so that the rest fits: each lane keeps its first ones, and all lanes equally much. */
  surplus(mostBytes: number): readonly Kept[] {
    const ranked = [...this.#lanes.values()].flatMap((lane) => {
      let before = 0;
      return lane.map((kept) => {
        const rank = before;
        before += kept.seat.bytes;
        return { kept, rank };
      });
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
}

function leadOf(lane: readonly Kept[], now: number): readonly Kept[] {
  const isFirstWhole = lane[0] !== undefined && isWhole(lane[0].seat);
  let again = 0;
  const end = lane.findIndex(({ seat, readyAt, isAgain }) => {
    const isHere = isWhole(seat);
    if (readyAt > now || isHere !== isFirstWhole || again === laneful) return true;
    if (isAgain || !isHere) again += 1;
    return false;
  });
  return end < 0 ? lane : lane.slice(0, end);
}

/** The place in a lane behind all that do not come after it. */
function placeIn(lane: readonly Kept[], { seat: { order } }: Kept): number {
  let [from, to] = [0, lane.length];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (byOrder(lane[middle]?.seat.order ?? order, order) <= 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

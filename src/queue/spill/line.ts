import { Holds } from "./holds.ts";

/** What is to be read next: shards and lanes that are not held. */
export interface Turn {
  readonly shards: readonly number[];
  readonly without: readonly string[];
  /** How often something had entered when it was the turn of these. */
  readonly entered: number;
}

/**
 * Says what has to wait, so that nothing overtakes: while something of a shard waits, all that comes for this shard
 * waits behind it. What the engine refuses is held apart, so that it stands in nobody else's way: the lane of an event
 * that is too large, or the whole of a shard that is full.
 */
export class Line {
  readonly lanes: Holds<string> = new Holds();
  readonly shards: Holds<number> = new Holds();
  readonly #all: readonly number[];
  /** Shards of which something may wait. */
  readonly #busy: Set<number>;
  /** How often something has entered. */
  #entered = 0;
  #first = 0;
  #heldBack: PromiseWithResolvers<void> | undefined;

  /** @param isWaiting whether something waits already, in whatever shard */
  constructor(shards: number, isWaiting: boolean) {
    this.#all = Array.from({ length: shards }, (_, shard) => shard);
    this.#busy = new Set(isWaiting ? this.#all : []);
  }

  /** True if nothing has to wait. */
  get isEmpty(): boolean {
    return this.#busy.size === 0 && this.lanes.size === 0;
  }

  mustWait(shard: number, lane: string): boolean {
    return this.#busy.has(shard) || this.lanes.has(lane);
  }

  /** Called before messages of these shards are written down, so that nothing slips past them meanwhile. */
  enter(shards: readonly number[]): void {
    this.#entered += 1;
    for (const shard of shards) this.#busy.add(shard);
  }

  /** The engine is away: everything waits, so that not each request has to find that out. */
  enterAll(): void {
    this.enter(this.#all);
  }

  /** Resolves when what would have to wait need not be held back any longer; undefined if it may wait at once. */
  get heldBack(): Promise<void> | undefined {
    return this.#heldBack?.promise;
  }

  /** All that waited when it was read last has gone: if nothing enters from now on, soon nothing has to wait. */
  holdBack(): void {
    this.#heldBack ??= Promise.withResolvers();
  }

  /** What was held back passes if nothing waits any more, and enters otherwise. */
  letIn(): void {
    this.#heldBack?.resolve();
    this.#heldBack = undefined;
  }

  /** What to read next. The shards take turns at being the first, since a long line may fill a list by itself. */
  turn(now: number): Turn {
    const held = this.shards.held(now);
    this.#first = (this.#first + 1) % this.#all.length;
    const shards = [...this.#all.slice(this.#first), ...this.#all.slice(0, this.#first)];
    return {
      shards: shards.filter((shard) => !held.includes(shard)),
      without: this.lanes.held(now),
      entered: this.#entered,
    };
  }

  /** The engine has taken a message. If its lane was held, what waits behind it there may go now. */
  taken(shard: number, lane: string): void {
    if (this.lanes.has(lane)) this.#busy.add(shard);
    this.lanes.free(lane);
    this.shards.free(shard);
  }

  /** Frees the shards of a turn in which nothing was found; false if something entered meanwhile. */
  clear({ shards, entered }: Turn): boolean {
    if (entered !== this.#entered) return false;
    for (const shard of shards) this.#busy.delete(shard);
    return true;
  }

  /** When something that is held is to be tried again. */
  nextEnd(now: number): number {
    return Math.min(this.lanes.nextEnd(now), this.shards.nextEnd(now));
  }
}

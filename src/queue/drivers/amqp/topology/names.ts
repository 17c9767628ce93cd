import { allShards } from "../../../driver.ts";

/** The shortest delay of the chain in ms; each level doubles the one before. */
const shortestMs = 100;

/** Levels of the chain: with 20 of them any delay up to 29 hours is exact to 100 ms. */
const delayLevels = 20;

/** The longest delay, in units of the shortest; a longer one is shortened to it. */
const longestUnits = 2 ** delayLevels - 1;

/** Names of what one Hookwell has on a server; `?name=` is the root of all. */
export class AmqpNames {
  /** Other programs bind queues of their own to it: each event is published there, with its name as the key. */
  readonly exchange: string;
  /**
   * Where messages are published. It looks a key up, while `exchange` compares patterns, which takes the server as long
   * as all the rest.
   */
  readonly entry: string;
  /** Behind the last level of the chain; leads to the shards. */
  readonly back: string;
  /** Where drivers ask each other what they hold. */
  readonly counts: string;
  /** A queue without messages; its number of consumers is the number of drivers that may hold messages. */
  readonly members: string;
  /** A queue without messages, which says for the workers of which history the other queues are kept. */
  readonly worker: string;

  constructor(root: string) {
    this.exchange = root;
    this.entry = `${root}.in`;
    this.back = `${root}.back`;
    this.counts = `${root}.counts`;
    this.members = `${root}.members`;
    this.worker = `${root}.worker`;
  }

  /** The queue of a shard. */
  shard(shard: number): string {
    return `${this.exchange}.${shard}`;
  }

  /** The queue and the exchange of a level of the chain. */
  delay(level: number): string {
    return `${this.exchange}.delay.${level}`;
  }

  /** Every queue that may hold messages. */
  get queues(): readonly string[] {
    return [...allShards.map((shard) => this.shard(shard)), ...levels.map((level) => this.delay(level))];
  }

  get exchanges(): readonly string[] {
    return [this.entry, this.exchange, this.back, this.counts, ...levels.map((level) => this.delay(level))];
  }

  /** Where to publish a message that is to come back to its shard after a delay, and its routing key. */
  way(shard: number, delayMs: number): { readonly exchange: string; readonly routingKey: string } {
    const units = Math.min(Math.ceil(delayMs / shortestMs), longestUnits);
    if (units <= 0) return { exchange: this.back, routingKey: String(shard) };
    const bits = units.toString(2);
    const words = bits.padStart(delayLevels, "0").split("").join(".");
    return { exchange: this.delay(bits.length - 1), routingKey: `${words}.${shard}` };
  }
}

/** The levels of the chain, the shortest first. */
export const levels: readonly number[] = Array.from({ length: delayLevels }, (_, level) => level);

/** How long a message stays in the queue of a level, in ms. */
export const levelMs = (level: number): number => shortestMs * 2 ** level;

/** Matches the keys of messages that wait in this level, or (`stays` false) pass it. */
export const levelPattern = (level: number, stays: boolean): string =>
  `${"*.".repeat(delayLevels - 1 - level)}${stays ? 1 : 0}.#`;

/** Keys that begin with this belong to Hookwell; the name of an event never becomes such a key. */
const own = "hookwell.";

/**
 * The key by which a message also reaches the queue of its shard. The exchange for other programs sees it too, so it
 * has many words: few of their patterns match it.
 */
export const shardKey = (shard: number): string => `${own}for.the.queue.of.shard.${shard}`;

/** Keys and properties hold at most 255 bytes. */
export const fits = (text: string): boolean => Buffer.byteLength(text) <= 255;

/** The key of an event whose name is too long for one, or begins as keys of Hookwell do. */
const unusualKey = `${own}unusual`;

/** The routing key of an event: its name, if that can be a key. */
export const eventKey = (name: string): string => (fits(name) && !name.startsWith(own) ? name : unusualKey);

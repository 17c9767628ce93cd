import type { NatsShard } from "../topology/shard.ts";

/** What the acknowledgement subject of a message tells. */
export interface Place {
  readonly consumer: string;
  /** In the stream. */
  readonly sequence: number;
  /** When it was stored, in ns; with the sequence it names a message even if the stream was made anew. */
  readonly storedAt: string;
  /** How often the server has handed it out, counted by this consumer. */
  readonly delivered: number;
}

/**
 * `$JS.ACK.stream.consumer.delivered.sequence.consumer sequence.time.pending`, where newer servers put the domain and
 * the account before the stream.
 */
export function placeOf(reply: string): Place {
  const tokens = reply.split(".");
  const at = tokens.length > 9 ? 5 : 3;
  const [consumer = "", delivered, sequence, , storedAt = ""] = tokens.slice(at);
  return { consumer, sequence: Number(sequence), storedAt, delivered: Number(delivered) };
}

/** `storedAt` of a place, from the date that the server gives. */
export function storedAtOf(timestamp: string): string {
  const [seconds = "", fraction = ""] = timestamp.replace("Z", "").split(".");
  return `${Date.parse(`${seconds}Z`) / 1_000}${fraction.padEnd(9, "0")}`;
}

/**
 * Where a message stands among those of its shard that were handed out: behind all up to this sequence number, and
 * there behind those with a lower turn. A message that never failed has its own place, with turn 0. The turn of one that
 * failed is the number of the note that gave it this order: whoever gives one later gives a higher turn.
 */
export interface Order {
  readonly after: number;
  readonly turn: number;
}

/** As it is noted: the note that gives an order does not know its own number yet. */
export type NotedOrder = Pick<Order, "after"> & Partial<Order>;

/** Sorts what is handed out first before the rest. */
export const byOrder = (a: Order, b: Order): number => a.after - b.after || a.turn - b.turn;

export const inPlace = ({ sequence }: Place): Order => ({ after: sequence, turn: 0 });

/** What was written down about a message: the hand-out with this number has this attempt. */
export interface Noted {
  readonly attempt: number;
  readonly delivered: number;
  /** How often the message had been taken over. */
  readonly takeovers: number;
  /**
   * Null: it failed and waits for its retry, behind all that was handed out; it gets its order when the retry begins.
   */
  readonly order: NotedOrder | null;
  /** A message that waits is not handed out before this time, in ms since 1970; 0: at once. */
  readonly dueAt: number;
  /** How long it had to wait when this was written, so that a clock that is behind does not make it wait longer. */
  readonly delayMs: number;
  /** True if this hand-out was still to come, and all earlier ones were answered. */
  readonly isNext?: true;
}

/** How often this message was taken from a consumer that may have handed it out. */
export const takeoversOf = (shard: NatsShard, { sequence }: Place): number =>
  shard.takeovers.reduce((sum, handedOut) => sum + (handedOut >= sequence ? 1 : 0), 0);

/** True if the count of the server alone does not tell the attempt. */
export const isCounted = (shard: NatsShard, place: Place): boolean =>
  place.delivered > 1 || takeoversOf(shard, place) > 0;

/** The attempt of a hand-out. If it cannot be known, it is too high rather than too low. */
export function attemptOf(shard: NatsShard, place: Place, noted: Noted | undefined): number {
  const takeovers = takeoversOf(shard, place);
  if (noted === undefined) return place.delivered + takeovers;
  if (noted.takeovers === takeovers) return noted.attempt + Math.max(0, place.delivered - noted.delivered);
  // The first of these takeovers took the message from nobody, since it was still to be handed out.
  const takenFromNobody = noted.isNext === true ? 1 : 0;
  return noted.attempt + (takeovers - noted.takeovers - takenFromNobody) + place.delivered - 1;
}

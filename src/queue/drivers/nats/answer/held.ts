import type { Delivery } from "../../../driver.ts";
import { inPlace, type Order, type Place } from "../attempts/attempts.ts";
import type { NoteNumber } from "../attempts/book.ts";
import type { Arrival } from "../message.ts";
import type { NatsShard } from "../topology/shard.ts";

/** A message that this process has, and where to answer it; all but the message itself, which the server has as well. */
export interface Seat extends Omit<Delivery, "message"> {
  readonly shard: NatsShard;
  /** As in the session in which it was asked for; 0 if that is not known. */
  readonly reached: number;
  readonly place: Place;
  readonly reply: string;
  readonly order: Order;
  /** The note that the book has about it. */
  readonly note: NoteNumber;
  /** A message that cannot be read has a lane of its own. */
  readonly lane: string;
  /** Bytes of its body. */
  readonly bytes: number;
}

export interface Held extends Seat, Delivery {}

export const isWhole = (seat: Seat): seat is Held => "message" in seat;

export function seatOf(whole: Seat & Partial<Held>): Seat {
  const { message: _, ...seat } = whole;
  return seat;
}

export const deliveryOf = ({ receipt, message, attempt }: Held): Delivery => ({ receipt, message, attempt });

/** The same with a body of its own: a view would keep all that came with it, which nobody counts. */
export function apart(seat: Seat): Seat {
  if (!isWhole(seat)) return seat;
  const { message } = seat;
  if (message instanceof RangeError || message.body.length === message.body.buffer.byteLength) return seat;
  const whole: Held = { ...seat, message: { ...message, body: new Uint8Array(message.body) } };
  return whole;
}

/** What is needed to answer a message, in the order of its shard. */
export type Answerable = Pick<Seat, "reply" | "order">;

/** A message that came, in its own place. */
export const answerableOf = ({ reply, place }: Arrival): Answerable => ({ reply, order: inPlace(place) });

/** The receipt of a message, the same for each hand-out of it to this process. */
export const receiptOf = ({ place }: Pick<Seat, "place">): string => `${place.sequence}.${place.storedAt}`;

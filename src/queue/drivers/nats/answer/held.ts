import type { Delivery } from "../../../driver.ts";
import type { Order, Place } from "../attempts/attempts.ts";
import type { NoteNumber } from "../attempts/book.ts";
import type { NatsShard } from "../topology/shard.ts";

/** A message that this process has, and where to answer it. */
export interface Held {
  readonly shard: NatsShard;
  /** As in the session in which it was asked for; 0 if that is not known. */
  readonly reached: number;
  readonly place: Place;
  readonly reply: string;
  readonly delivery: Delivery;
  readonly order: Order;
  /** The note that the book has about it. */
  readonly note: NoteNumber;
  /** A message that cannot be read has a lane of its own. */
  readonly lane: string;
  /** Bytes of its body. */
  readonly bytes: number;
}

/** All but the message itself, which the server has as well. */
export type Seat = Omit<Held, "delivery"> & { readonly delivery: Omit<Delivery, "message"> };

export const isWhole = (seat: Seat): seat is Held => "message" in seat.delivery;

export const seatOf = ({ delivery: { receipt, attempt }, ...rest }: Seat): Seat => ({
  ...rest,
  delivery: { receipt, attempt },
});

/** The same with a body of its own: a view would keep all that came with it, which nobody counts. */
export function apart(seat: Seat): Seat {
  if (!isWhole(seat)) return seat;
  const { message } = seat.delivery;
  if (message instanceof RangeError || message.body.length === message.body.buffer.byteLength) return seat;
  const body = new Uint8Array(message.body);
  const delivery = { ...seat.delivery, message: { ...message, body } };
  return { ...seat, delivery };
}

/** The receipt of a message, the same for each hand-out of it to this process. */
export const receiptOf = ({ place }: Pick<Held, "place">): string => `${place.sequence}.${place.storedAt}`;

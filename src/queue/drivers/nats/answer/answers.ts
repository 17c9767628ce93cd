import type { Answerable, Held, Seat } from "./held.ts";
import { isMessageGone, isNobodyThere, isTimeout } from "../errors.ts";
import { byOrder, type Order, takeoversOf } from "../attempts/attempts.ts";
import type { Session } from "../topology/session.ts";
import { incarnationOf } from "../topology/streams.ts";

/** How long the server may take to confirm, in ms; after that we remove the messages ourselves. */
const confirmMs = 2_000;

/** Acknowledges all. A consumer reads in order, so its answer to the last one is enough. */
export async function acknowledge(session: Session, all: readonly Held[]): Promise<void> {
  const groups = Map.groupBy(all, ({ shard }) => shard.consumer);
  const asked = Array.from(groups.values(), (group) => unheardOf(session, group));
  const unheard = (await Promise.all(asked)).flat();
  if (unheard.length > 0) await remove(session, unheard);
  // Not waited for: a note that is left over does no harm.
  for (const { note, place } of all) if (note > 0) session.book.forget(place).catch(() => undefined);
}

/** All of them if nobody answered, for instance if the messages or the consumer are gone; otherwise none. */
async function unheardOf({ connection }: Session, group: readonly Held[]): Promise<readonly Held[]> {
  const last = group.at(-1);
  if (last === undefined) return [];
  for (const held of group) if (held !== last) connection.publish(held.reply, "+ACK");
  try {
    await connection.request(last.reply, "+ACK", { timeout: confirmMs });
    return [];
  } catch (error) {
    if (isTimeout(error) || isNobodyThere(error)) return group;
    throw error;
  }
}

/** Removes messages whose acknowledgement no consumer takes; not those of a stream that was deleted. */
async function remove({ manager, stream }: Session, all: readonly Held[]): Promise<void> {
  const incarnation = incarnationOf(await manager.streams.info(stream));
  const ours = all.filter(({ shard }) => shard.incarnation === incarnation);
  const removed = ours.map(async ({ place }) => {
    try {
      await manager.streams.deleteMessage(stream, place.sequence, false);
    } catch (error) {
      if (!isMessageGone(error)) throw error;
    }
  });
  await Promise.all(removed);
}

/** Gives messages back, in their order; without a delay they come before all that waits. */
export async function giveBack(
  { connection }: Session,
  all: readonly Answerable[],
  delayMs = 0,
): Promise<void> {
  const how = delayMs > 0 ? `-NAK {"delay":${Math.ceil(delayMs * 1e6)}}` : "-NAK";
  const inOrder = all.toSorted((a, b) => byOrder(a.order, b.order));
  for (const { reply } of inOrder) connection.publish(reply, how);
  await connection.flush();
}

export interface Next {
  readonly attempt: number;
  /** The place that it keeps; null: it failed, and gets another when its retry begins. */
  readonly order: Order | null;
  readonly delayMs?: number;
}

/** Notes of the next hand-out of a message what the server would count differently. */
export async function noteNext(
  session: Session,
  { shard, place, note }: Pick<Held, "shard" | "place" | "note">,
  { attempt, order, delayMs = 0 }: Next,
): Promise<void> {
  const [delivered, takeovers] = [place.delivered + 1, takeoversOf(shard, place)];
  const dueAt = Date.now() + delayMs;
  await session.book.write(
    place,
    { attempt, delivered, takeovers, order, dueAt, delayMs, isNext: true },
    note,
  );
}

/** Gives back what nobody has seen, so that it does not count as an attempt, unless that cannot be noted; and others. */
export async function giveBackUnseen(
  session: Session,
  unseen: readonly Seat[],
  others: readonly Answerable[],
): Promise<void> {
  if (unseen.length + others.length === 0) return;
  await Promise.allSettled(unseen.map((seat) => noteNext(session, seat, seat)));
  await giveBack(session, [...unseen, ...others]);
}

/** Resolves when the server has read it. */
export async function extendLeases(session: Session, all: readonly Pick<Held, "reply">[]): Promise<void> {
  renewLeases(session, all);
  await session.connection.flush();
}

/** Does not wait: the server reads it before all that is asked of it later. */
export function renewLeases({ connection }: Session, all: readonly Pick<Held, "reply">[]): void {
  for (const { reply } of all) connection.publish(reply, "+WPI");
}

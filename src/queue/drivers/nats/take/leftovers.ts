import type { StoredMsg } from "@nats-io/jetstream";
import { placeOf, storedAtOf } from "../attempts/attempts.ts";
import type { Session } from "../topology/session.ts";
import type { NatsShard } from "../topology/shard.ts";
import type { Arrival } from "../message.ts";

/** How many messages of a shard are found at once; the next look finds more. */
const most = 100;

/**
 * Finds messages that would never be handed out again. A server that is stopped or killed may have noted, and even
 * confirmed, that a message is acknowledged, without having removed it from the stream. It never removes it later.
 */
export class NatsLeftovers {
  /** The oldest message of each shard at the last look. */
  #oldest: ReadonlyMap<number, number> = new Map();

  /** Messages to hand out once more, as if their lease had ended: the ledger knows what has become of them. */
  async find(session: Session, owned: readonly number[]): Promise<readonly Arrival[]> {
    const { manager, stream } = session;
    const shards = owned.flatMap((index) => session.shards[index] ?? []);
    const next = ({ index }: NatsShard, seq: number): Promise<StoredMsg | null> => {
      // The server can be asked for the first message from here on, which the types of the client do not know.
      const query = { seq, next_by_subj: `${stream}.${index}.>` };
      return manager.streams.getMessage(stream, query);
    };
    const before = this.#oldest;
    const suspects = await suspectsOf(session, shards);
    const found = await Promise.all(
      suspects.map(async (suspect) => ({ ...suspect, oldest: await next(suspect.shard, 1) })),
    );
    this.#oldest = new Map(
      found.flatMap(({ shard, oldest }) => (oldest === null ? [] : [[shard.index, oldest.seq]])),
    );
    const pulled = found.map(async ({ shard, floor, oldest }) => {
      // A message that is just being removed is gone by the next look.
      if (oldest === null || before.get(shard.index) !== oldest.seq) return [];
      const left: Arrival[] = [];
      for (let each: StoredMsg | null = oldest; each !== null && each.seq <= floor && left.length < most;) {
        left.push(handedOut(session, shard, each));
        each = await next(shard, each.seq + 1);
      }
      return left;
    });
    return (await Promise.all(pulled)).flat();
  }
}

interface Suspect {
  readonly shard: NatsShard;
  /** All up to this sequence number are acknowledged. */
  readonly floor: number;
}

/**
 * Shards of which the stream has more messages than their consumers know of. While messages come and go, that may only
 * seem so. But a message cannot be looked at without reading all of it, and reading large ones every few seconds would
 * leave no room for others, so only these shards are looked at.
 */
async function suspectsOf(
  { manager, stream }: Session,
  shards: readonly NatsShard[],
): Promise<readonly Suspect[]> {
  // A receiver has none.
  if (shards.length === 0) return [];
  const known = await Promise.all(
    shards.map(async (shard) => ({ shard, info: await manager.consumers.info(stream, shard.consumer) })),
  );
  const { state } = await manager.streams.info(stream, { subjects_filter: `${stream}.>` });
  const stored = new Map<number, number>();
  for (const [subject, count] of Object.entries(state.subjects ?? {})) {
    const index = Number(subject.split(".", 2)[1]);
    stored.set(index, (stored.get(index) ?? 0) + count);
  }
  return known.flatMap(({ shard, info }) =>
    (stored.get(shard.index) ?? 0) > info.num_pending + info.num_ack_pending
      ? { shard, floor: info.ack_floor.stream_seq }
      : [],
  );
}

/** The message with the subject of a second hand-out: an acknowledgement sent there removes it. */
function handedOut(
  { stream, reached }: Session,
  shard: NatsShard,
  { seq, timestamp, data, header }: StoredMsg,
): Arrival {
  const reply = `$JS.ACK.${stream}.${shard.consumer}.2.${seq}.0.${storedAtOf(timestamp)}.0`;
  return { message: { data, headers: header }, reply, place: placeOf(reply), reached };
}

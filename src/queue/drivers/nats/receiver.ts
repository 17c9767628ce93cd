import { sharedShards } from "../../driver.ts";
import { giveBack, note } from "./answers.ts";
import { attemptOf, isCounted, type Noted, placeOf, takeoversOf } from "./attempts.ts";
import { type Held, type NatsBuffer, receiptOf } from "./held.ts";
import { readMessage } from "./message.ts";
import { type Ask, type Pulled, pullRound, type RoundOptions } from "./pull.ts";
import type { Session } from "./session.ts";
import type { NatsShard } from "./shard.ts";

export type PullOptions = Omit<RoundOptions, "waitMs">;

const behindMs = 500;
const everyShard: readonly number[] = Array.from({ length: sharedShards }, (_, shard) => shard);

/** Fetches messages of some shards into a buffer. */
export class NatsReceiver {
  readonly #buffer: NatsBuffer;
  /** Where the next search begins, so that no shard is always the last. */
  #turn = 0;
  /** Consumers that have handed us everything that they had. */
  readonly #emptied = new Set<string>();

  constructor(buffer: NatsBuffer) {
    this.#buffer = buffer;
  }

  /**
   * Up to `max` messages that are there now.
   *
   * @returns true if something of the topology is gone
   */
  async fetch(
    session: Session,
    max: number,
    owned: readonly number[] | undefined,
    options: PullOptions,
  ): Promise<boolean> {
    let waiting = this.#shardsOf(session, owned);
    let isStale = false;
    for (let left = max; left > 0 && waiting.length > 0 && !options.signal.aborted;) {
      const now = waiting.slice(0, left);
      const batch = Math.floor(left / now.length);
      const asks = now.map((shard): Ask => ({ shard, batch }));
      const round = await pullRound(session.connection, asks, { ...options, waitMs: 0 });
      await this.#keep(session, round.pulled);
      for (const shard of now) if (!round.full.includes(shard)) this.#emptied.add(shard.consumer);
      isStale ||= round.isStale;
      left -= round.pulled.length;
      waiting = [...waiting.slice(now.length), ...round.full];
    }
    return isStale;
  }

  /** Waits for the first message. @returns true if something of the topology is gone */
  async wait(
    session: Session,
    owned: readonly number[] | undefined,
    options: RoundOptions,
  ): Promise<boolean> {
    const asks = this.#shardsOf(session, owned).map((shard): Ask => ({ shard, batch: 1 }));
    const round = await pullRound(session.connection, asks, options);
    await this.#keep(session, round.pulled);
    return round.isStale;
  }

  #shardsOf({ topology }: Session, owned: readonly number[] = everyShard): readonly NatsShard[] {
    this.#turn += 1;
    const at = owned.length === 0 ? 0 : this.#turn % owned.length;
    return [...owned.slice(at), ...owned.slice(0, at)].flatMap((index) => topology.shards[index] ?? []);
  }

  /**
   * How long a message that waits for its retry has to wait, in ms. After its shard was taken over, what was under way
   * goes before it, since that may be newer and just handled: until all of it has come.
   */
  #waitOf(shard: NatsShard, { dueAt, takeovers: before }: Noted, takeovers: number): number {
    if (dueAt === 0) return 0;
    const isBehind = takeovers > 0 && !this.#emptied.has(shard.consumer);
    const leastMs = takeovers === before && !isBehind ? 0 : behindMs;
    return Math.max(leastMs, takeovers === before ? 0 : dueAt - Date.now());
  }

  async #keep(session: Session, pulled: readonly Pulled[]): Promise<void> {
    // All at once; those that need the book are few.
    const slow: Promise<void>[] = [];
    for (const one of pulled) {
      const place = placeOf(one.message.reply ?? "");
      if (isCounted(one.shard, place)) slow.push(this.#keepCounted(session, one));
      else this.#buffer.add(heldOf(one, 1, false));
    }
    await Promise.all(slow);
  }

  async #keepCounted(session: Session, pulled: Pulled): Promise<void> {
    const place = placeOf(pulled.message.reply ?? "");
    const noted = await session.book.read(place);
    const takeovers = takeoversOf(pulled.shard, place);
    const waitMs = noted === undefined ? 0 : this.#waitOf(pulled.shard, noted, takeovers);
    if (noted !== undefined && waitMs > 0) {
      // Whoever took the shard over got it too early.
      const held = heldOf(pulled, noted.attempt, true);
      await note(session, held, noted.attempt, waitMs);
      return giveBack(session, [held], waitMs);
    }
    const attempt = attemptOf(pulled.shard, place, noted);
    // One that was only given back early does not wait any more; one that failed goes behind the others once more, if its
    // shard is taken over again, since they may be newer and were handed out before it.
    const isOver = attempt === 1 && (noted?.dueAt ?? 0) > 0;
    if (noted?.delivered !== place.delivered || noted.takeovers !== takeovers || isOver) {
      // A later owner could not know it from its own counting.
      await session.book.write(place, {
        attempt,
        delivered: place.delivered,
        takeovers,
        dueAt: isOver ? 0 : (noted?.dueAt ?? 0),
      });
    }
    this.#buffer.add(heldOf(pulled, attempt, true));
  }
}

function heldOf({ shard, message }: Pulled, attempt: number, isNoted: boolean): Held {
  const reply = message.reply ?? "";
  const place = placeOf(reply);
  const delivery = { receipt: receiptOf({ place }), message: readMessage(message), attempt };
  return { shard, place, reply, delivery, isNoted };
}

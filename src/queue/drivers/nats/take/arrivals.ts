import { laneOf } from "../../../../event/shard.ts";
import { OneByOne } from "../../../../lib/async/one-by-one.ts";
import { failedOf } from "../../../../lib/async/settled.ts";
import { giveBack, noteNext } from "../answer/answers.ts";
import { attemptOf, inPlace, isCounted, type Noted, takeoversOf } from "../attempts/attempts.ts";
import type { Note } from "../attempts/book.ts";
import type { NatsBuffer } from "./buffer.ts";
import { answerableOf, type Held, receiptOf } from "../answer/held.ts";
import type { Answer, NatsInbox } from "./inbox.ts";
import { type Arrival, readMessage } from "../message.ts";
import type { NatsProgress } from "./progress.ts";
import type { Session } from "../topology/session.ts";
import type { NatsShard } from "../topology/shard.ts";

/**
 * While so many messages wait here, no retry is added that cannot begin soon: after a takeover, all retries come at once,
 * and wait for all that had been handed out.
 */
const mostWaiting = 10_000;

interface Pulled extends Arrival {
  readonly shard: NatsShard;
}

/** Messages on their way into the buffer: the attempt and the place of each are found with the help of the book. */
export class NatsArrivals {
  readonly #inbox: NatsInbox;
  readonly #buffer: NatsBuffer;
  readonly #progress: NatsProgress;
  readonly #keeping = new OneByOne();

  constructor(inbox: NatsInbox, buffer: NatsBuffer, progress: NatsProgress) {
    this.#inbox = inbox;
    this.#buffer = buffer;
    this.#progress = progress;
  }

  /**
   * Puts what came into the buffer, except for what is too early. One call after the other: nothing new may overtake
   * what an earlier call still asks the book about.
   */
  keepAnswers(session: Session): Promise<readonly Answer[]> {
    return this.#keeping.run(() => this.#keepAnswers(session));
  }

  /** Leaves out what an older consumer handed out: it comes again from the consumer that followed it. */
  async #keepAnswers(session: Session): Promise<readonly Answer[]> {
    const answers = this.#inbox.take().flatMap((answer) => {
      const shard = session.shards.find(({ consumer }) => consumer === answer.consumer);
      return shard === undefined ? [] : { ...answer, shard };
    });
    const pulled = answers.flatMap(({ shard, messages }) =>
      messages.map((arrival) => ({ ...arrival, shard })),
    );
    await this.#keep(session, pulled);
    for (const { shard, end } of answers) if (end === "empty") this.#progress.emptied(shard);
    return answers;
  }

  async #keep(session: Session, pulled: readonly Pulled[]): Promise<void> {
    const counted: Pulled[] = [];
    for (const one of pulled) {
      const { shard, place } = one;
      if (place.delivered === 1) this.#progress.saw(shard, place.sequence);
      if (isCounted(shard, place)) counted.push(one);
      else this.#buffer.add(heldOf(one, { attempt: 1, order: inPlace(place), note: 0 }));
    }
    await this.#keepAllCounted(session, counted);
  }

  /** Messages for which the book does not answer go back into the inbox, to be tried again. */
  async #keepAllCounted(session: Session, counted: readonly Pulled[]): Promise<void> {
    // All notes are read at once; few messages need the book. They are kept in the order in which they came.
    const reading = counted.map(({ place }) => session.book.read(place));
    const notes = await Promise.all(reading).catch((error: unknown) => {
      this.#inbox.putBack(counted);
      throw error;
    });
    const keeping = counted.map((one, at) => this.#keepCounted(session, one, notes[at]));
    const failed = failedOf(await Promise.allSettled(keeping));
    this.#inbox.putBack(failed.flatMap(({ place }) => counted[place] ?? []));
    if (failed[0] !== undefined) throw failed[0].reason;
  }

  async #keepCounted(session: Session, pulled: Pulled, found: Note | undefined): Promise<void> {
    const { shard, place } = pulled;
    const takeovers = takeoversOf(shard, place);
    const noted = found?.noted;
    let note = found?.number ?? 0;
    const waitMs =
      noted === undefined ? 0 : Math.max(waitOf(noted, takeovers), this.#surplusMs(shard, noted));
    if (noted !== undefined && waitMs > 0) {
      await noteNext(session, { shard, place, note }, { ...noted, delayMs: waitMs });
      return giveBack(session, [answerableOf(pulled)], waitMs);
    }
    const attempt = attemptOf(shard, place, noted);
    let order = noted === undefined ? inPlace(place) : noted.order;
    const isKnown = noted?.delivered === place.delivered && noted.takeovers === takeovers;
    if (!isKnown || order === null || noted.isNext === true) {
      // A message that failed goes behind all that was handed out meanwhile. After its shard was taken over, that is all
      // that was under way: it may be newer, and may just have been handled.
      const behind = { after: Math.max(place.sequence, this.#progress.handedOut(shard)) };
      // Noted, since a later owner could not know this order from its own counting.
      const { delivered } = place;
      const now = { attempt, delivered, takeovers, order: order ?? behind, dueAt: 0, delayMs: 0 };
      note = await session.book.write(place, now, note);
      order ??= { ...behind, turn: note };
    }
    this.#buffer.add(heldOf(pulled, { attempt, order, note }));
  }

  /** How long a message whose retry could begin must wait on the server, in ms, since too many wait here. */
  #surplusMs(shard: NatsShard, { order }: Noted): number {
    return order === null && this.#buffer.size >= mostWaiting ? this.#progress.behindMs(shard) : 0;
  }
}

/** How long a message that failed has still to wait, in ms, if its shard was taken over meanwhile. */
function waitOf({ order, dueAt, delayMs, ...noted }: Noted, takeovers: number): number {
  return order !== null || noted.takeovers === takeovers ? 0 : Math.min(delayMs, dueAt - Date.now());
}

function heldOf(pulled: Pulled, known: Pick<Held, "attempt" | "order" | "note">): Held {
  const [receipt, message] = [receiptOf(pulled), readMessage(pulled.message)];
  const { lane, bytes } =
    message instanceof RangeError
      ? { lane: receipt, bytes: 0 }
      : { lane: laneOf(message), bytes: message.body.length };
  return { ...pulled, ...known, receipt, message, lane, bytes };
}

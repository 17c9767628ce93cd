import { sleep } from "../../../../lib/async/sleep.ts";
import { atMost } from "../../../../lib/async/within.ts";
import { receiveMs } from "../../../driver.ts";
import { extendLeases, giveBackUnseen, renewLeases } from "../answer/answers.ts";
import { NatsArrivals } from "./arrivals.ts";
import { NatsBuffer } from "./buffer.ts";
import { type Answerable, answerableOf, type Held, receiptOf } from "../answer/held.ts";
import { NatsInbox } from "./inbox.ts";
import { NatsLeftovers } from "./leftovers.ts";
import { NatsProgress } from "./progress.ts";
import { NatsReceiver } from "./receiver.ts";
import { NatsRegain } from "./regain.ts";
import { refetch } from "./refetch.ts";
import type { NatsSessions, Session } from "../topology/session.ts";
import { answerOf } from "../patience.ts";
import type { NatsShard } from "../topology/shard.ts";

/** How long `receive` rests after an answer without sense, in ms. */
const restMs = 100;

/** How long messages that are on their way may take when no more are wanted, in ms. */
const settlingMs = 1_000;

/** Takes in messages of the wanted shards, in their order, and keeps those that wait in this process. */
export class NatsIntake {
  readonly #sessions: NatsSessions;
  readonly #progress = new NatsProgress();
  readonly #buffer: NatsBuffer;
  readonly #inbox: NatsInbox;
  readonly #arrivals: NatsArrivals;
  readonly #receiver: NatsReceiver;
  readonly #leftovers = new NatsLeftovers();
  readonly #regain = new NatsRegain(async (shard) => {
    await this.#takeAgain(shard);
    this.#inbox.forget(shard);
  });
  #owned: readonly number[] = [];
  /** Ends what is asked of the server when the shards change. */
  #turn = new AbortController();

  /** @param inbox the subject at which messages are to arrive */
  constructor(sessions: NatsSessions, inbox: string) {
    this.#sessions = sessions;
    // A message that failed waits for those that were handed out before it; all others come in their places.
    this.#buffer = new NatsBuffer(
      ({ shard, order }) => order.turn === 0 || this.#progress.isPast(shard, order.after),
    );
    this.#inbox = new NatsInbox(inbox);
    this.#arrivals = new NatsArrivals(this.#inbox, this.#buffer, this.#progress);
    this.#receiver = new NatsReceiver(this.#inbox, this.#arrivals, this.#progress);
  }

  /** The shards that are wanted. */
  get owned(): readonly number[] {
    return this.#owned;
  }

  /** From now on these shards are wanted: what was asked of the server before is void. */
  want(shards: readonly number[]): void {
    this.#owned = shards;
    this.#turn.abort();
    this.#turn = new AbortController();
  }

  owns({ shard }: Pick<Held, "shard">): boolean {
    return this.#owned.includes(shard.index);
  }

  /** Keeps a message that was handed on too early; it is handed on again after so many ms. */
  keep(held: Held, delayMs: number): void {
    this.#buffer.addAgain(held, delayMs);
  }

  /** Waits until all questions up to now are answered, or late. */
  settle(session: Session): Promise<void> {
    const answered = Promise.allSettled(this.#inbox.open);
    return atMost(
      settlingMs,
      answered.then(() => this.#arrivals.keepAnswers(session)),
    );
  }

  /** What has come in answers that have not ended: a consumer that ends gives it back, since it comes nowhere else. */
  get unended(): readonly Answerable[] {
    return this.#inbox.unended.map(answerableOf);
  }

  /** Gives back what others may want: all that waits here and is not owned, and these, in one order. */
  async giveUpForeign(session: Session, others: readonly Answerable[] = []): Promise<void> {
    const isForeign = (shard: number): boolean => !this.#owned.includes(shard);
    const unseen = this.#buffer.remove(isForeign);
    const foreign = session.shards.filter(({ index }) => isForeign(index));
    // The book may not answer us for long, and others would not get them while we keep their leases.
    const unknown = this.#inbox.withdraw(foreign.map(({ consumer }) => consumer));
    try {
      await giveBackUnseen(session, unseen, [...others, ...unknown.map(answerableOf)]);
    } catch (error) {
      // Otherwise the next owner would get newer messages first.
      for (const held of unseen) this.#buffer.addAgain(held);
      this.#inbox.putBack(unknown);
      throw error;
    }
  }

  /** Extends the leases of what waits in this process, so that it does not count as abandoned. */
  async keepLeases(session: Session): Promise<void> {
    const kept = [...this.#buffer.all(), ...this.#inbox.messages];
    if (kept.length > 0) await extendLeases(session, kept);
  }

  /**
   * Finds what the server takes for done but still has, to be handed out once more.
   *
   * @param isHeld true for a receipt of what was handed on and is not answered yet
   */
  async lookForLeftovers(session: Session, isHeld: (receipt: string) => boolean): Promise<void> {
    const found = await this.#leftovers.find(session, this.#owned);
    // Those of an earlier look may still be in the inbox, if the book does not answer.
    const waiting = new Set(this.#inbox.messages.map(receiptOf));
    const isHere = (receipt: string): boolean =>
      isHeld(receipt) || this.#buffer.has(receipt) || waiting.has(receipt);
    this.#inbox.putBack(found.filter((arrival) => !isHere(receiptOf(arrival))));
  }

  /** Up to `max` messages; waits about a second for the first one. */
  async receive(max: number, signal: AbortSignal): Promise<readonly Held[]> {
    const { lost } = this.#inbox;
    const mustWait = lost.length >= this.#owned.length;
    await answerOf(this.#regain.begin(lost, { mustWait }));
    const until = performance.now() + receiveMs;
    while (!signal.aborted) {
      const session = await answerOf(this.#sessions.get());
      const owned = this.#owned;
      const turn = AbortSignal.any([signal, this.#turn.signal]);
      const left = max - this.#buffer.ready();
      const isStale = await this.#receiver.fetch(session, left, owned, turn);
      const fetched = await this.#take(session, max, signal);
      if (fetched.length > 0 || until <= performance.now()) return fetched;
      const leftMs = Math.max(1, Math.min(until - performance.now(), this.#buffer.nextMs()));
      if (isStale || (await this.#receiver.wait(session, owned, { waitMs: leftMs, signal: turn }))) {
        this.#sessions.forget();
        await sleep(restMs, signal);
      }
    }
    return [];
  }

  async #takeAgain({ index, consumer }: NatsShard): Promise<void> {
    const { shards } = await this.#sessions.get();
    const isOurs = this.#owned.includes(index) && shards[index]?.consumer === consumer;
    if (!isOurs || !(await this.#sessions.use(() => this.#sessions.takeOver(index)))) return;
    // What waits here comes again as well, in its place; but not what the next consumer has handed out meanwhile.
    const waiting = this.#buffer.remove((shard) => shard === index);
    for (const seat of waiting) if (seat.shard.consumer !== consumer) this.#buffer.addAgain(seat);
  }

  async #take(session: Session, max: number, signal: AbortSignal): Promise<readonly Held[]> {
    const failure = signal.aborted ? undefined : await refetch(session, this.#buffer, max);
    await this.giveUpForeign(session);
    // What comes after the end waits for the next call, or goes back.
    if (signal.aborted) return [];
    const taken = this.#buffer.take(max, (old) => renewLeases(session, old));
    if (taken.length === 0 && failure !== undefined) throw failure;
    return taken;
  }
}

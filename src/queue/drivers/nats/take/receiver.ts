import { failedOf } from "../../../../lib/async/settled.ts";
import { sleep } from "../../../../lib/async/sleep.ts";
import type { NatsArrivals } from "./arrivals.ts";
import type { NatsInbox } from "./inbox.ts";
import type { NatsProgress } from "./progress.ts";
import { answerMs } from "./question.ts";
import type { Session } from "../topology/session.ts";
import type { NatsShard } from "../topology/shard.ts";
import { waitForMessage, type WaitOptions } from "./wait.ts";

/** How long the others may take once a consumer has answered, in ms, so that silent ones hold back only themselves. */
const othersMs = 250;

/** How many bytes are asked for at once; or one message that is larger. What takes long to send is not here in time. */
const mostBytes = 8 * 1024 * 1024;

/** Asks the consumers of some shards for messages. */
export class NatsReceiver {
  readonly #inbox: NatsInbox;
  readonly #arrivals: NatsArrivals;
  readonly #progress: NatsProgress;
  /** Where the next search begins, so that no shard is always the last. */
  #turn = 0;

  constructor(inbox: NatsInbox, arrivals: NatsArrivals, progress: NatsProgress) {
    this.#inbox = inbox;
    this.#arrivals = arrivals;
    this.#progress = progress;
  }

  /**
   * Fetches up to `max` messages that are there now, as far as their bytes are not too many.
   *
   * @returns true if something of the topology is gone
   */
  async fetch(
    session: Session,
    max: number,
    owned: readonly number[],
    signal: AbortSignal,
  ): Promise<boolean> {
    await this.#arrivals.keepAnswers(session);
    let waiting = this.#shardsOf(session, owned);
    let [left, room, isStale] = [max, mostBytes, false];
    // Consumers that gave nothing: each has a message that is larger than all that was asked for.
    const alone = new Set<string>();
    while (left > 0 && room > 0 && waiting.length > 0 && !signal.aborted) {
      const large = waiting.find(({ consumer }) => alone.has(consumer));
      const now = large === undefined ? waiting.slice(0, left) : [large];
      const most = { batch: Math.floor(left / now.length), maxBytes: Math.ceil(room / now.length) };
      const much = large === undefined ? most : { batch: 1 };
      const asked = now.map((shard) => this.#inbox.ask(session, { shard, ...much }));
      if (large !== undefined) alone.delete(large.consumer);
      await someOf(asked, signal);
      const answers = await this.#arrivals.keepAnswers(session);
      const messages = answers.flatMap((answer) => answer.messages);
      left -= messages.length;
      room -= messages.reduce((sum, { message }) => sum + message.data.length, 0);
      isStale ||= answers.some(({ end }) => end === "gone");
      const more = answers.filter(({ end }) => end === "full" || end === "waiting");
      for (const answer of more) if (answer.messages.length === 0) alone.add(answer.consumer);
      const hasMore = new Set(more.map(({ consumer }) => consumer));
      waiting = [
        ...waiting.filter((shard) => !now.includes(shard)),
        ...now.filter(({ consumer }) => hasMore.has(consumer)),
      ];
    }
    return isStale;
  }

  /**
   * Waits until there is a message, or an answer to what was asked before.
   *
   * @returns true if something of the topology is gone
   */
  wait(session: Session, owned: readonly number[], options: Omit<WaitOptions, "reply">): Promise<boolean> {
    const signal = AbortSignal.any([options.signal, this.#inbox.arrival]);
    const asking = { ...options, signal, reply: this.#inbox.subjectBeside() };
    return waitForMessage(session, this.#shardsOf(session, owned), asking);
  }

  /** The owned shards that can be asked now. */
  #shardsOf(session: Session, owned: readonly number[]): readonly NatsShard[] {
    this.#turn += 1;
    const at = owned.length === 0 ? 0 : this.#turn % owned.length;
    const shards = [...owned.slice(at), ...owned.slice(0, at)].flatMap(
      (index) => session.shards[index] ?? [],
    );
    for (const shard of shards) this.#progress.asks(shard);
    return shards.filter((shard) => !this.#inbox.has(shard));
  }
}

/** Resolves when one has answered and the others had a moment to do so. @throws if none answers in time */
async function someOf(asked: readonly Promise<void>[], signal: AbortSignal): Promise<void> {
  const [first, all] = [new AbortController(), new AbortController()];
  for (const each of asked) each.then(() => first.abort()).catch(() => undefined);
  const ends = Promise.allSettled(asked).finally(() => all.abort());
  await sleep(answerMs, AbortSignal.any([first.signal, all.signal, signal]));
  await sleep(othersMs, AbortSignal.any([all.signal, signal]));
  if (!all.signal.aborted || first.signal.aborted) return;
  const [failed] = failedOf(await ends);
  if (failed !== undefined) throw failed.reason;
}

import { ConfigError, QueueUnavailableError } from "../../errors.ts";
import { sleep } from "../../lib/async/sleep.ts";
import { errorFields, type Log } from "../../log.ts";
import type { Share } from "../../ledger/driver.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Queue } from "../../queue/queue.ts";
import { LastingTroubles } from "../lasting-troubles.ts";
import { type Moment, thisMoment } from "./moment.ts";
import { shareOf } from "./one-history.ts";
import { QueueReach } from "./queue-reach.ts";
import { QueueShare } from "./queue-share.ts";
import { Term } from "./term.ts";

/** How often we show the ledger that we live, and ask what is ours, in ms. */
const renewMs = 1_000;

const lateCure =
  "this worker starts nothing while the ledger takes that long: is the ledger server busy, or far away, or did this process stand still?";
const lossReason =
  "Other workers may handle its events now, and this one starts over. Did this process or its machine stall, or did the ledger not answer?";
const stillReason =
  "This process or its machine did nothing for so long, so its engines may look lost for a moment. It asks the ledger whether other workers have taken over.";

export interface SharesParts {
  readonly ledger: Ledger;
  readonly queue: Queue;
  /** Resolves when nothing of these shards is under way here; nothing more of them is handed out. */
  readonly leave: (shards: readonly number[]) => Promise<void>;
  /** These are ours from now on. */
  readonly enter: (shards: readonly number[]) => void;
  /** Nothing more begins; resolves when how it ended is written down of all that has begun. */
  readonly finish: () => Promise<void>;
  /** Everything that is under way belongs to others now: drop it. */
  readonly abandon: () => void;
  readonly trouble: Log;
  readonly stopping: AbortSignal;
}

/**
 * Keeps this process's share of the events. Shards come one by one as others leave them; surplus ones are left when
 * their events are done. A process that cannot show in time that it lives loses everything.
 */
export class Shares {
  readonly #parts: SharesParts;
  readonly #lasting: LastingTroubles;
  /** What the ledger says is ours, and until when. */
  #owned: ReadonlySet<number> = new Set();
  readonly #term: Term;
  /** What the queue hands us; undefined if that is not known. */
  #received: ReadonlySet<number> | undefined;
  readonly #leaving = new Set<number>();
  /**
   * When each of these shards was left, on our own clock: an answer of the ledger to a question asked before may not
   * know of it yet.
   */
  readonly #left = new Map<number, number>();
  readonly #known = Promise.withResolvers<void>();
  readonly #queue: QueueShare;
  readonly #reach = new QueueReach();
  /** True while we give everything away, since others reach the queue and we do not: nothing more begins. */
  #isRetiring = false;
  /** How often we have lost everything so far. */
  #lives = 0;

  constructor(parts: SharesParts) {
    this.#parts = parts;
    this.#lasting = new LastingTroubles(parts.trouble);
    this.#queue = new QueueShare(parts.queue);
    // In a history of our own, nobody can see what others of the queue have handled.
    this.#term = new Term({ canAsk: parts.ledger.isShared });
  }

  /** Resolves when the queue knows for the first time what is ours: nothing may be taken from it before. */
  get known(): Promise<void> {
    return this.#known.promise;
  }

  /**
   * Asked right before each handler: after a pause of the process, a timer would come too late. What may not begin now
   * waits until the next answer of the ledger, or is dropped with all the rest.
   */
  mayBegin(): boolean {
    this.#checkTime();
    return this.#owned.size > 0 && !this.#isRetiring && this.#term.mayBegin;
  }

  /** Renews until it is stopped. */
  async run(): Promise<void> {
    const { stopping } = this.#parts;
    stopping.addEventListener("abort", () => this.#known.resolve(), { once: true });
    const guard = setInterval(() => this.#checkTime(), renewMs / 4);
    while (!stopping.aborted) {
      await this.#renew();
      this.#queue.giveUpSoon();
      // Where there can be nobody else, we need not ask again.
      if (this.#term.isEndless && this.#received !== undefined) break;
      await sleep(renewMs, stopping);
    }
    clearInterval(guard);
  }

  async #renew(): Promise<void> {
    const askedAt = thisMoment();
    let share: Share;
    try {
      share = await shareOf(this.#parts, this.#reach);
    } catch (error) {
      if (error instanceof QueueUnavailableError)
        return this.#lasting.met("warn", "queue.share_failed", errorFields(error));
      if (!(error instanceof ConfigError))
        return this.#lasting.met("warn", "ledger.share_failed", errorFields(error));
      this.#lose();
      return this.#lasting.met("error", "process.not_alone", errorFields(error));
    }
    const tookMs = Math.round(performance.now() - askedAt.own);
    const { beginForMs: withinMs } = share;
    const isLate = tookMs >= withinMs && share.owned.length > 0;
    if (isLate) this.#lasting.met("warn", "ledger.share_late", { tookMs, withinMs, cure: lateCure });
    try {
      await this.#divide(share, askedAt);
      // Else the queue has not been told what is ours, or is to be told something else.
      if (!isLate && this.#received !== undefined) this.#lasting.over();
    } catch (error) {
      this.#lasting.met("warn", "queue.share_failed", errorFields(error));
    }
  }

  async #divide(share: Share, askedAt: Moment): Promise<void> {
    const { owned, surplus } = share;
    const isCurrent = (shard: number): boolean => (this.#left.get(shard) ?? -1) < askedAt.own;
    const now = new Set(owned.filter(isCurrent));
    if (!this.#owned.isSubsetOf(now)) this.#lose();
    this.#owned = now;
    this.#term.renew(askedAt, share);
    if (this.#isRetiring) return;
    if (!this.#reach.isReached && now.size > 0 && surplus.length === owned.length) return void this.#retire();
    const kept = [...now].filter((shard) => !this.#leaving.has(shard));
    const more = kept.filter((shard) => surplus.includes(shard));
    await this.#receiveFrom(kept.filter((shard) => !more.includes(shard)));
    if (more.length > 0) void this.#leave(more);
  }

  async #receiveFrom(shards: readonly number[]): Promise<void> {
    const before = this.#received;
    if (before?.size === shards.length && shards.every((shard) => before.has(shard))) return;
    const life = this.#lives;
    // What we were handed before we lost it will be handed out again.
    await this.#queue.giveUp();
    this.#parts.enter(shards);
    this.#received = undefined;
    await this.#queue.own(shards);
    // Everything was lost meanwhile, but this is what the queue was told last; the next round begins anew.
    if (life !== this.#lives) return this.#queue.lose();
    this.#received = new Set(shards);
    this.#known.resolve();
  }

  /** Leaves shards: the ledger hears of it when everything under way is done; until then they stay ours. */
  async #leave(shards: readonly number[]): Promise<void> {
    const { leave, stopping } = this.#parts;
    const life = this.#lives;
    for (const shard of shards) this.#leaving.add(shard);
    await leave(shards);
    // On a stop, or if everything is being given away, all shards go together at the end, and not from here.
    if (stopping.aborted || this.#isRetiring) return;
    // They were lost meanwhile, and may be another's by now, or ours anew with more under way.
    if (life !== this.#lives) return;
    await this.#release(shards);
  }

  /**
   * Gives everything to those whom the queue answers. It cannot hear from us what is done, so it hands that out again,
   * and the ledger knows it.
   */
  async #retire(): Promise<void> {
    const { finish, trouble, stopping } = this.#parts;
    const life = this.#lives;
    this.#isRetiring = true;
    await finish();
    this.#isRetiring = false;
    if (life !== this.#lives || stopping.aborted) return;
    const shards = [...this.#owned];
    trouble.warn("process.share_left", {
      shards: shards.length,
      reason: "The queue answers other workers, but not this one.",
    });
    this.#drop();
    await this.#release(shards);
  }

  async #release(shards: readonly number[]): Promise<void> {
    const { ledger, trouble } = this.#parts;
    // From here on it is no loss to hear that they are another's.
    this.#owned = this.#owned.difference(new Set(shards));
    for (const shard of shards) this.#left.set(shard, Number.POSITIVE_INFINITY);
    try {
      await ledger.release(shards);
    } catch (error) {
      trouble.warn("ledger.share_failed", errorFields(error));
    }
    for (const shard of shards) {
      this.#left.set(shard, performance.now());
      this.#leaving.delete(shard);
    }
  }

  /** If we could not show in time that we live, others may have taken over what was ours. */
  #checkTime(): void {
    const { isOver, stoodStillMs: forMs } = this.#term.look();
    if (forMs !== undefined) this.#parts.trouble.warn("process.stood_still", { forMs, reason: stillReason });
    if (isOver) this.#lose();
  }

  #lose(): void {
    if (this.#owned.size === 0) return;
    this.#parts.trouble.error("process.share_lost", { shards: this.#owned.size, reason: lossReason });
    this.#drop();
  }

  #drop(): void {
    this.#owned = new Set();
    this.#received = undefined;
    this.#lives += 1;
    this.#leaving.clear();
    this.#parts.abandon();
    this.#queue.lose();
  }
}

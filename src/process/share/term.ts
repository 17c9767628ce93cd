import type { Share } from "../../ledger/driver.ts";
import { isWithin, type Moment, thisMoment } from "./moment.ts";

/** A process that did nothing for longer than this, in ms, stood still. */
const stillMs = 1_000;
/** How long it waits for the ledger's word then, in ms. */
const askMs = 3_000;

/** What a look at the clock found. */
export interface TermNow {
  /** Others may have what was ours. */
  readonly isOver: boolean;
  /** If that may be over since we stood still, and is asked now: for how many ms we did. */
  readonly stoodStillMs?: number;
}

/**
 * Until when that is surely ours which the ledger gave us. A process that stood still meanwhile does not give it up at
 * once: perhaps nobody was there to take over.
 */
export class Term {
  readonly #canAsk: boolean;
  /** When the ledger was asked last, and for how long from then on events may begin. */
  #askedAt: Moment = thisMoment();
  #beginForMs = 0;
  /** On our own clock, as the others. */
  #until = Number.POSITIVE_INFINITY;
  #lookedAt = performance.now();
  #askUntil = Number.NEGATIVE_INFINITY;

  /**
   * @param options `canAsk`: the ledger can tell whether anybody has taken over, and takes from us only what is ours
   */
  constructor({ canAsk }: { readonly canAsk: boolean }) {
    this.#canAsk = canAsk;
  }

  /** There can be nobody else. */
  get isEndless(): boolean {
    return this.#until === Number.POSITIVE_INFINITY;
  }

  /** After a jump of the machine's clock nothing may begin, too: the machine may have slept. */
  get mayBegin(): boolean {
    return isWithin(this.#beginForMs, this.#askedAt);
  }

  /** The ledger has answered what it was asked then. */
  renew(askedAt: Moment, { forMs, beginForMs }: Pick<Share, "forMs" | "beginForMs">): void {
    this.#until = askedAt.own + forMs;
    this.#askedAt = askedAt;
    this.#beginForMs = beginForMs;
  }

  /** To be called often: only so it is known whether we stood still. */
  look(): TermNow {
    const now = performance.now();
    const [before, sinceMs] = [this.#lookedAt, now - this.#lookedAt];
    this.#lookedAt = now;
    if (now < this.#until) return { isOver: false };
    // Only once: who stands still again and again while the ledger is away must give up some day.
    if (!this.#canAsk || before >= this.#until || sinceMs <= stillMs)
      return { isOver: now >= this.#askUntil };
    this.#askUntil = now + askMs;
    return { isOver: false, stoodStillMs: Math.round(sinceMs) };
  }
}

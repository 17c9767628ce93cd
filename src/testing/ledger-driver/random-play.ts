import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Message } from "../../event/message.ts";
import type { LedgerDriver } from "../../ledger/driver.ts";
import { aMessage } from "../builders.ts";
import { below, oneIn, pick, seededRandom } from "../random.ts";
import {
  assertRecord,
  assertStats,
  type Counts,
  dead,
  handled,
  type LedgerCase,
  type LedgerHarness,
  replayOf,
  repeatOf,
  retry,
  verdictOf,
  withoutAttempts,
} from "./harness.ts";
import { isSettled, LedgerModel, type ModelEvent } from "./model.ts";

const seeds = [1, 2, 3];
const steps = 150;

/** Anything that a queue, a crash and a person may do, compared with a model after each step. */
export const randomCases: readonly LedgerCase[] = [
  {
    name: "says and keeps what the model says, whatever happens",
    run: async (harness) => {
      const model = new LedgerModel();
      for (const seed of seeds) {
        const play = new Play(harness, await harness.open(), model, seed);
        try {
          await play.run();
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : String(cause);
          throw new assert.AssertionError({ message: `with seed ${seed}: ${reason}` });
        }
      }
    },
  },
];

class Play {
  readonly #harness: LedgerHarness;
  readonly #model: LedgerModel;
  readonly #random: () => number;
  readonly #seed: number;
  #ledger: LedgerDriver;

  constructor(harness: LedgerHarness, ledger: LedgerDriver, model: LedgerModel, seed: number) {
    this.#harness = harness;
    this.#ledger = ledger;
    this.#model = model;
    this.#seed = seed;
    this.#random = seededRandom(seed);
  }

  async run(): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      await this.#act();
      await this.#checkCounts();
    }
    for (const event of this.#model.events.values()) await this.#check(event);
    await assertStats(this.#ledger, this.#counts());
    await this.#ledger.close();
  }

  async #act(): Promise<void> {
    const known = pick(this.#random, [...this.#model.events.values()]);
    if (known === undefined || oneIn(this.#random, 4)) return this.#offer(this.#newEvent());
    switch (below(this.#random, 6)) {
      case 0:
        return this.#reopenStorage();
      case 1:
        return this.#repeat(known);
      case 2:
        return this.#replay(known);
      default:
        // What the queue holds comes again; what is settled by then is a worker's that died before it acknowledged.
        return this.#offer(known.message);
    }
  }

  /** What the processor does: ask, handle, settle; or die in between. */
  async #offer(message: Message): Promise<void> {
    const verdict = withoutAttempts(await verdictOf(this.#ledger, message));
    const expected = this.#model.admit(message);
    if (this.#model.sharesNewest(message)) assert.equal(verdict.kind, expected.kind);
    else assert.deepEqual(verdict, expected);
    if (verdict.kind !== "fresh" || oneIn(this.#random, 4)) return;
    const outcome = pick(this.#random, [handled, handled, retry("no answer"), dead("gave up")]) ?? handled;
    const { conflict } = verdict;
    const [startedAt, endedAt] = [Date.now() - 5, Date.now()];
    await this.#ledger.settle([{ message, outcome, conflict, startedAt, endedAt }]);
    this.#model.settle(message, outcome, conflict);
    const event = this.#model.events.get(message.eventId);
    if (event !== undefined) await this.#check(event);
  }

  async #repeat(known: ModelEvent): Promise<void> {
    const repeat = repeatOf({ ...known.message, replay: false });
    assert.deepEqual(await verdictOf(this.#ledger, repeat), this.#model.admit(repeat));
  }

  async #replay(known: ModelEvent): Promise<void> {
    const { eventId } = known.message;
    if (!isSettled(known)) {
      // Nothing may come of it.
      await this.#ledger.reopen(eventId, randomUUID());
      return;
    }
    const replay = replayOf(known.message);
    if (oneIn(this.#random, 2)) {
      await this.#ledger.reopen(eventId, replay.copy);
      this.#model.reopen(eventId, replay.copy);
    }
    await this.#offer(replay);
  }

  /**
   * An engine may forget in a crash that it admitted an event which it never saw settled or fail, so that another
   * copy might be the fresh one. The queue hands such events out again, and so does this.
   */
  async #reopenStorage(): Promise<void> {
    await this.#ledger.close();
    this.#ledger = await this.#harness.open();
    for (const event of this.#model.events.values()) {
      if (event.status === "pending") await this.#offer(event.message);
    }
  }

  #newEvent(): Message {
    const state = pick(this.#random, ["a", "b", "c", null]) ?? null;
    const revision = pick(this.#random, [0, 1, 2, 3, 4, 5, null]) ?? null;
    return aMessage({ state: state === null ? null : `${state}${this.#seed}`, revision });
  }

  async #check({ message, status, attempts, deliveries, conflict, error }: ModelEvent): Promise<void> {
    // It may take a second to show an event that is on its way.
    if (status === "pending") return;
    await assertRecord(this.#ledger, message, { status, attempts, deliveries, conflict, error });
  }

  async #checkCounts(): Promise<void> {
    const { events, duplicates } = await this.#ledger.stats();
    assert.deepEqual({ ...events, duplicates }, { ...this.#counts(), pending: events.pending });
  }

  #counts(): Counts {
    const counts = { pending: 0, retrying: 0, handled: 0, obsolete: 0, dead: 0 };
    for (const { status } of this.#model.events.values()) counts[status] += 1;
    return { ...counts, duplicates: this.#model.duplicates };
  }
}

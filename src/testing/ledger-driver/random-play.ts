import assert from "node:assert/strict";
import type { Message } from "../../event/message.ts";
import type { LedgerDriver, Outcome } from "../../ledger/driver.ts";
import type { EventFilter, EventRecord } from "../../ledger/record.ts";
import { type PlayClock, wallClock } from "../play.ts";
import { type Coming, EventMaker, type NewEvent } from "./event-maker.ts";
import { changesAfter, idsOf, type LedgerHarness, walk } from "./harness.ts";
import { assertDetail, assertKept, assertRecords, assertTold, meets } from "./model-checks.ts";
import { isSeen, isSettled, type ModelEvent } from "./model-event.ts";
import { LedgerModel } from "./model.ts";

/** A harness of an engine that can be played with faster than time passes. */
export interface LedgerPlayHarness extends LedgerHarness {
  readonly clock?: PlayClock;
}

interface Flight {
  readonly message: Message;
  readonly conflict: boolean;
  begun: boolean;
}

/**
 * A ledger to which anything happens that a queue, a crash and a person may do; compared with a model after each step.
 */
export class LedgerPlay {
  readonly #harness: LedgerPlayHarness;
  readonly #clock: PlayClock;
  readonly #model = new LedgerModel();
  readonly #maker: EventMaker;
  #ledger: LedgerDriver;
  /** What is being handled, by lane. Events of one state come one after the other, others may come together. */
  readonly #flights = new Map<string, Flight>();
  /** A reader of changes: the last one that it was told, and what the model had seen by then. */
  #reader = { id: 0, changes: 0 };

  private constructor(harness: LedgerPlayHarness, ledger: LedgerDriver) {
    this.#harness = harness;
    this.#clock = harness.clock ?? wallClock;
    this.#maker = new EventMaker(this.#clock.now());
    this.#ledger = ledger;
  }

  static async begin(harness: LedgerPlayHarness): Promise<LedgerPlay> {
    return new LedgerPlay(harness, await harness.open());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#harness.dispose();
  }

  get knowsAnything(): boolean {
    return this.#model.events.size > 0;
  }

  get isHandling(): boolean {
    return this.#flights.size > 0;
  }

  /** Events that come for the first time, together. */
  async arrive(events: readonly NewEvent[]): Promise<void> {
    await this.#admit(events.map((event) => this.#maker.message(event)));
  }

  /** Known events come again, together. */
  async comeAgain(which: readonly number[], how: Coming): Promise<void> {
    await this.#admit(
      which.flatMap((place) => this.#event(place) ?? []).map((event) => this.#maker.copy(event, how)),
    );
  }

  /** An event that was removed comes again. */
  async comeBack(which: number): Promise<void> {
    const gone = [...this.#model.gone.values()];
    const message = gone[which % gone.length];
    if (message !== undefined)
      await this.#admit([{ ...message, copy: this.#maker.name("copy"), replay: false }]);
  }

  /** A handler that may end the process is about to run. */
  async begin(which: number): Promise<void> {
    const flight = [...this.#flights.values()][which % this.#flights.size];
    if (flight === undefined || flight.begun) return;
    const startedAt = Math.floor(this.#clock.now());
    await this.#ledger.begin(flight.message, startedAt);
    flight.begun = true;
    this.#model.began(flight.message, startedAt);
    await this.#check([flight.message]);
  }

  /** Handlers end, at the same time. */
  async settle(which: readonly number[], outcome: Outcome): Promise<void> {
    const all = [...this.#flights.entries()];
    const flights = new Map(which.flatMap((place) => all.slice(place % all.length).slice(0, 1)));
    const endedAt = Math.floor(this.#clock.now());
    const settlements = [...flights.values()].map(({ message, conflict }) => ({
      message,
      conflict,
      outcome,
      startedAt: endedAt - 7,
      endedAt,
    }));
    await this.#ledger.settle(settlements);
    for (const lane of flights.keys()) this.#flights.delete(lane);
    for (const settlement of settlements) this.#model.settled(settlement);
    await this.#check(settlements.map(({ message }) => message));
  }

  /** @param again false: of a copy that was there already, so that nothing comes of it */
  async announce(which: number, isNew: boolean): Promise<void> {
    const event = this.#event(which);
    if (event === undefined) return;
    const replay = isNew ? this.#maker.copy(event, "replay") : event.current;
    await this.#ledger.reopen(replay.eventId, replay.copy);
    this.#model.announced(replay);
    await this.#check([replay]);
  }

  async removeDead(which: number): Promise<void> {
    const event = this.#event(which);
    if (event === undefined) return;
    const { eventId } = event.first;
    assert.equal(await this.#ledger.removeDead(eventId), this.#model.removedDead(eventId));
    await this.#check([event.first]);
  }

  async prune(days: number): Promise<void> {
    const before = this.#maker.daysAgo(days);
    assert.equal(await this.#ledger.prune(before), this.#model.pruned(before));
    await this.#check([...this.#model.gone.values()]);
  }

  async linger(): Promise<void> {
    await this.#clock.pass(1_000);
    this.#model.secondPassed();
    await this.#check(this.#everything());
  }

  async reopen(): Promise<void> {
    await this.#ledger.close();
    this.#flights.clear();
    this.#model.reopened();
    this.#ledger = await this.#harness.open();
    await this.#check(this.#everything());
  }

  async list(filter: EventFilter, limit: number): Promise<void> {
    const items = await walk(this.#ledger, filter, limit);
    const expected = [...this.#model.events.values()]
      .filter((event) => meets(event, filter))
      .sort((a, b) => b.first.receivedAt - a.first.receivedAt);
    this.#assertList(items, expected);
  }

  async timeline(which: number, limit: number): Promise<void> {
    const entity = this.#event(which)?.first.entity ?? "";
    const items = await this.#ledger.timeline(entity, limit);
    const expected = [...this.#model.events.values()]
      .filter(({ first }) => first.entity === entity)
      .sort((a, b) => rank(a) - rank(b) || a.first.receivedAt - b.first.receivedAt);
    const least = Math.min(limit, expected.filter(isSeen).length);
    assert.ok(items.length >= least && items.length <= limit, `${items.length} events, at least ${least}`);
    // If there are more, the newest are shown; whether by receipt or by admission is left open.
    const told = new Set(idsOf(items));
    const fits = expected.length <= limit;
    this.#assertList(items, fits ? expected : expected.filter(({ first }) => told.has(first.eventId)));
  }

  /** A reader of changes comes back and is told what is new. */
  async read(limit: number): Promise<void> {
    const { changes } = this.#model;
    const missed = await changesAfter(this.#ledger, this.#reader.id, limit);
    const told = new Map(missed.map(({ record }) => [record.eventId, record]));
    assert.equal(told.size, missed.length, "an event is told twice");
    const id = missed.at(-1)?.id ?? this.#reader.id;
    assert.ok((await this.#ledger.latestChange()) >= id);
    assertTold(told, [...this.#model.events.values()], this.#reader.changes, this.#clock.toleranceMs);
    this.#reader = { id, changes };
  }

  /** All that is under way is handed out again and handled; then everything must be known, also after a restart. */
  async finish(): Promise<void> {
    for (const event of this.#model.events.values()) {
      if (!isSettled(event)) await this.#admit([event.current]);
    }
    while (this.isHandling)
      await this.settle(
        [...this.#flights.keys()].map((_, place) => place),
        { kind: "handled" },
      );
    await this.read(7);
    await this.list({}, 10);
    await this.reopen();
    await this.list({}, 10);
  }

  async #admit(messages: readonly Message[]): Promise<void> {
    const lanes = new Map(messages.map((message) => [laneOf(message), message]));
    const together = [...lanes.values()];
    const from = this.#clock.now();
    const verdicts = await this.#ledger.admit(together);
    assert.equal(verdicts.length, together.length);
    const span = { from, to: this.#clock.now() };
    for (const [index, message] of together.entries()) {
      const verdict = verdicts[index];
      assert.ok(verdict !== undefined);
      this.#model.admitted(message, verdict, span);
      if (verdict.kind === "fresh")
        this.#flights.set(laneOf(message), { message, conflict: verdict.conflict, begun: false });
    }
    await this.#check(together);
  }

  /** Checks what the ledger says about these events, and its totals. */
  async #check(messages: readonly Message[]): Promise<void> {
    this.#model.assertStats(await this.#ledger.stats());
    for (const { eventId } of messages) {
      const event = this.#model.events.get(eventId);
      const detail = await this.#ledger.get(eventId);
      if (event === undefined) assert.equal(detail, undefined);
      else if (detail !== undefined || isSeen(event)) assertDetail(detail, event, this.#clock.toleranceMs);
      if (event !== undefined && isSeen(event)) await this.#checkBytes(event);
    }
  }

  async #checkBytes({ first }: ModelEvent): Promise<void> {
    assertKept(first, await this.#ledger.message(first.eventId));
  }

  #assertList(items: readonly EventRecord[], events: readonly ModelEvent[]): void {
    assertRecords(items, events, this.#clock.toleranceMs);
  }

  /** An event by its place; places are counted round and round. */
  #event(place: number): ModelEvent | undefined {
    const events = [...this.#model.events.values()];
    return events[place % events.length];
  }

  #everything(): readonly Message[] {
    return [...this.#model.events.values()].map(({ first }) => first);
  }
}

const laneOf = ({ state, eventId }: Message): string => state ?? eventId;

const rank = ({ first }: ModelEvent): number => first.revision ?? -1;

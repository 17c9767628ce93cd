import type { PoolClient } from "pg";
import type { Message } from "../../../event/message.ts";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { indexable, restored } from "../../../lib/postgres/texts.ts";
import type { Log } from "../../../log.ts";
import type { Settlement, Verdict } from "../../driver.ts";
import { isSettled } from "../../record.ts";
import { decide, type Decision } from "./decide.ts";
import type { Flight } from "./flights.ts";
import { newestBefore, rowsBefore } from "./history.ts";
import { OwnWrites } from "./own-writes.ts";
import type { PostgresShare } from "./share/share.ts";
import { SlowEvents } from "./slow-events.ts";
import type { OfEvent } from "./parts.ts";
import type { EventRow } from "./rows.ts";
import type { Repeat, Writing } from "./writer.ts";

/**
 * Decides which events may be handled, and notes how they ended. An event belongs to a shard, and a shard to one
 * process, so events between `admit` and `settle` are remembered here; the server is asked what was before, and told
 * the outcome.
 */
export class PostgresAdmission {
  readonly slow: SlowEvents;
  readonly #db: Postgres;
  readonly #share: PostgresShare;
  readonly #own: OwnWrites;
  readonly #flights = new Map<string, Flight>();
  /** Repeats that are being counted, until the server has answered, and how often their event had come before. */
  readonly #counting = new WeakMap<Message, number>();

  constructor(db: Postgres, share: PostgresShare, log: Log) {
    this.#db = db;
    this.#share = share;
    this.#own = new OwnWrites(db, share);
    this.slow = new SlowEvents(this.#flights, this.#own, log);
  }

  /** Forgets events of shards that are not ours any more. */
  keep(owned: readonly number[]): void {
    this.#forgetShards((shard) => !owned.includes(shard));
  }

  /** Others may have these shards from now on, and they may be ours again before `keep` is called. */
  leave(shards: readonly number[]): void {
    this.#forgetShards((shard) => shards.includes(shard));
  }

  #forgetShards(isMeant: (shard: number) => boolean): void {
    for (const [eventId, { message }] of this.#flights) {
      if (isMeant(this.#share.shardOf(message))) this.#flights.delete(eventId);
    }
  }

  async admit(messages: readonly Message[]): Promise<readonly Verdict[]> {
    const [isMine, rows, newest] = await Promise.all([
      this.#share.mine(messages),
      rowsBefore(this.#db, messages),
      newestBefore(this.#db, messages),
    ]);
    const decisions = messages.map((message): Decision => {
      if (!isMine(message)) return { message, verdict: { kind: "elsewhere" } };
      const state = message.state === null ? undefined : newest.get(indexable(message.state));
      const row = rows.get(indexable(message.eventId));
      return decide(message, { flight: this.#underWay(message, row), row, newest: state });
    });
    const lost = await this.#writeDown(decisions);
    return decisions.map((decision) => {
      if (lost.has(decision)) return { kind: "elsewhere" };
      this.#remember(decision);
      return decision.verdict;
    });
  }

  /** An event whose outcome the server has is over, also if its answer was lost, and nobody asked again. */
  #underWay({ eventId }: Message, row: EventRow | undefined): Flight | undefined {
    const flight = this.#flights.get(eventId);
    const isOver = row !== undefined && isSettled(row.status) && restored(row.copy) === flight?.message.copy;
    if (isOver) this.#flights.delete(eventId);
    return isOver ? undefined : flight;
  }

  async begin(message: Message, startedAt: number): Promise<void> {
    await this.#admitUnknown([{ message }]);
    const flight = this.#flights.get(message.eventId);
    if (flight === undefined || flight.begun) return;
    const writing = flight.begin(startedAt);
    const done = await this.#own.write([flight], (rows) => rows.write([writing]));
    if (done.size === 0) return;
    flight.stored(writing);
    flight.begun = true;
  }

  /** @returns those that were not written down, since their shard is not ours any more */
  settle(settlements: readonly Settlement[]): Promise<readonly Settlement[]> {
    return this.slow.notShowing(settlements, () => this.#settle(settlements));
  }

  async #settle(settlements: readonly Settlement[]): Promise<readonly Settlement[]> {
    const lost = await this.#admitUnknown(settlements);
    const known = settlements.filter(({ message }) => this.#flights.has(message.eventId));
    const done = await this.#own.write(known, (rows, mine) => rows.settle(this.#endings(mine)));
    // An event that is elsewhere is given back, and not under way here until it comes again: its queue may have lost
    // it.
    for (const { message } of known) this.forget(message);
    return [...lost, ...known.filter((settlement) => !done.has(settlement))];
  }

  /**
   * The same for one event, in a transaction that the caller has begun, and commits if the event is settled in it. The
   * event stays under way here until `forget`, and must not be shown for as long.
   *
   * @param before statements that are asked before, in the same round trip
   */
  async settleIn(
    client: PoolClient,
    before: string,
    settlement: Settlement,
  ): Promise<"settled" | "elsewhere" | "before"> {
    if ((await this.#admitUnknown([settlement])).length > 0) return "elsewhere";
    let written = 0;
    const mine = await this.#own.writeIn(client, before, [settlement], async (rows) => {
      written = await rows.settle(this.#endings([settlement]));
    });
    if (mine.length === 0) return "elsewhere";
    return written === 0 ? "before" : "settled";
  }

  #endings(settlements: readonly Settlement[]): readonly Writing[] {
    return settlements.flatMap((one) => this.#flights.get(one.message.eventId)?.settled(one) ?? []);
  }

  /**
   * An event that is not under way here was forgotten with its shard, so we ask again. @returns those that are
   * elsewhere
   */
  async #admitUnknown<T extends OfEvent>(events: readonly T[]): Promise<readonly T[]> {
    const unknown = events.filter(({ message }) => !this.#flights.has(message.eventId));
    if (unknown.length === 0) return [];
    const verdicts = await this.admit(unknown.map(({ message }) => message));
    return unknown.filter((_, index) => verdicts[index]?.kind === "elsewhere");
  }

  /** This event is not under way here any more: the server is asked when it comes again. */
  forget({ eventId }: Message): void {
    this.#flights.delete(eventId);
  }

  /** @returns those whose shard was lost meanwhile */
  async #writeDown(decisions: readonly Decision[]): Promise<ReadonlySet<Decision>> {
    const writing = decisions.filter((one) => one.writing !== undefined || one.repeated !== undefined);
    if (writing.length === 0) return new Set();
    const done = await this.#own.write(writing, async (rows, mine) => {
      const repeated = new Set(mine.flatMap((one) => one.repeated?.flight ?? []));
      await rows.show([...repeated].flatMap((flight) => (flight.isStored ? [] : flight.writing)));
      await rows.countRepeats(mine.flatMap((one) => this.#repeatOf(one)));
      await rows.write(mine.flatMap((one) => one.writing ?? []));
    });
    return new Set(writing.filter((one) => !done.has(one)));
  }

  /** What to count; the same if it is asked for again since the answer was lost. */
  #repeatOf({ message, repeated }: Decision): readonly Repeat[] {
    if (repeated === undefined) return [];
    const deliveries = this.#counting.get(message) ?? repeated.deliveries;
    this.#counting.set(message, deliveries);
    return [{ ...repeated.flight.writing.row, deliveries }];
  }

  #remember({ message, verdict, flight, writing, repeated }: Decision): void {
    if (repeated !== undefined) repeated.flight.isStored = true;
    this.#counting.delete(message);
    if (verdict.kind === "obsolete") this.#flights.delete(message.eventId);
    if (flight === undefined) return;
    if (writing !== undefined) flight.stored(writing);
    // If an event is admitted once more, a run that had begun was cut off.
    flight.begun = false;
    this.#flights.set(message.eventId, flight);
  }
}

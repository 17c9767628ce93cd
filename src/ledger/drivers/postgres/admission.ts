import type { PoolClient } from "pg";
import type { Message } from "../../../event/message.ts";
import { revisionGate } from "../../../event/revision-gate.ts";
import { shardOf } from "../../../event/shard.ts";
import { inTransaction, type Postgres, restored, storable } from "../../../lib/postgres.ts";
import type { Settlement, Verdict } from "../../driver.ts";
import { markChanges } from "./changes.ts";
import { Flight, isSettled } from "./flights.ts";
import { type EventRow, rowColumns } from "./rows.ts";
import type { PostgresShare } from "./share.ts";
import { countRepeats, showRows, writeRows, type Writing } from "./writer.ts";

/** An event that is handled quickly gets its row when it settles; a slow one gets it after this many ms. */
const visibleAfterMs = 250;

/**
 * How far before an event was received we look for its first copy and for newer revisions, in ms; so that the cost does not
 * grow with the days that are kept. The sender gives up after 24 hours, so what it repeats or sends late was received with
 * less between; and a duplicate is to be known for 7 days.
 */
const memoryMs = 8 * 24 * 60 * 60 * 1_000;

/** The newest revision of a state that was handled. */
interface Newest {
  readonly state: string;
  readonly revision: string;
  readonly event_id: string;
}

/** What is to be written for a message, beside its verdict. */
interface Decision {
  readonly message: Message;
  readonly verdict: Verdict;
  readonly flight?: Flight;
  readonly writing?: Writing;
  /** The event whose repeat this is. */
  readonly repeated?: Flight;
}

/**
 * Decides: who may be handled, and how it ended. An event belongs to a shard, and a shard to one process, so what is
 * between `admit` and `settle` is remembered here; the server is asked for what was before, and told what came of it.
 */
export class PostgresAdmission {
  readonly #db: Postgres;
  readonly #share: PostgresShare;
  readonly #flights = new Map<string, Flight>();
  #shards = 1;

  constructor(db: Postgres, share: PostgresShare) {
    this.#db = db;
    this.#share = share;
  }

  /** What is remembered of shards that are not ours any more is forgotten. */
  keep(owned: ReadonlySet<number>, shards: number): void {
    this.#shards = shards;
    for (const [eventId, { message }] of this.#flights) {
      if (!owned.has(this.#shardOf(message))) this.#flights.delete(eventId);
    }
  }

  async admit(messages: readonly Message[]): Promise<readonly Verdict[]> {
    const [owned, rows, newest] = await Promise.all([
      this.#share.owned(this.#shardsOf(messages)),
      this.#rowsOf(messages),
      this.#newestOf(messages),
    ]);
    const decisions = messages.map((message): Decision => {
      if (!owned.has(this.#shardOf(message))) return { message, verdict: { kind: "elsewhere" } };
      const state = message.state === null ? undefined : newest.get(storable(message.state));
      return this.#decide(message, rows.get(storable(message.eventId)), state);
    });
    const lost = await this.#writeDown(decisions);
    return decisions.map((decision) => {
      if (lost.has(decision)) return { kind: "elsewhere" };
      this.#remember(decision);
      return decision.verdict;
    });
  }

  async begin(message: Message, startedAt: number): Promise<void> {
    const flight = await this.#flightOf(message);
    if (flight === undefined || flight.begun) return;
    const writing = flight.begin(startedAt);
    const done = await this.#write([message], (client, mine) =>
      mine.length > 0 ? this.#rows(client, [writing]) : undefined,
    );
    if (done.length === 0) return;
    flight.stored(writing);
    flight.begun = true;
  }

  /** Those that were not written down, since their shard is not ours any more. */
  async settle(settlements: readonly Settlement[], client?: PoolClient): Promise<readonly Settlement[]> {
    const lost = await this.#admitUnknown(settlements);
    const known = settlements.filter(({ message }) => this.#flights.has(message.eventId));
    const messages = known.map(({ message }) => message);
    const write = async (open: PoolClient, mine: readonly Message[]): Promise<void> => {
      const ours = new Set(mine);
      const landed = known.filter(({ message }) => ours.has(message));
      const writings = landed.flatMap((one) => this.#flights.get(one.message.eventId)?.settled(one) ?? []);
      await writeRows(open, this.#db.schema, writings);
    };
    const done = new Set(
      await (client ? this.#writeIn(client, messages, write) : this.#write(messages, write)),
    );
    for (const message of done) this.#flights.delete(message.eventId);
    return [...lost, ...known.filter(({ message }) => !done.has(message))];
  }

  /** What is not under way here was forgotten with its shard, so we ask once more; gives those that are elsewhere. */
  async #admitUnknown(settlements: readonly Settlement[]): Promise<readonly Settlement[]> {
    const unknown = settlements.filter(({ message }) => !this.#flights.has(message.eventId));
    if (unknown.length === 0) return [];
    const verdicts = await this.admit(unknown.map(({ message }) => message));
    return unknown.filter((_, index) => verdicts[index]?.kind === "elsewhere");
  }

  /** What became of this event is not known here: the server is asked when it comes again. */
  forget({ eventId }: Message): void {
    this.#flights.delete(eventId);
  }

  /** Gives a row to what has been under way for a while, so that people see it. */
  async showSlow(): Promise<void> {
    const before = performance.now() - visibleAfterMs;
    const slow: Flight[] = [];
    for (const flight of this.#flights.values()) {
      if (flight.admittedAt > before) break; // The map keeps the order of admission.
      if (!flight.isStored) slow.push(flight);
    }
    if (slow.length === 0) return;
    const writings = slow.map((flight) => flight.writing);
    await this.#write(
      slow.map(({ message }) => message),
      (client) => showRows(client, this.#db.schema, writings),
    );
    for (const [index, flight] of slow.entries()) {
      const writing = writings[index];
      if (writing !== undefined && !flight.isStored) flight.stored(writing);
    }
  }

  #decide(message: Message, row: EventRow | undefined, newest: Newest | undefined): Decision {
    const flight = this.#flights.get(message.eventId);
    const known = flight?.message.copy ?? (row && restored(row.copy));
    const settled = flight === undefined && row !== undefined && isSettled(row.status);
    if (known === message.copy && settled) return { message, verdict: { kind: "duplicate" } };
    if (known !== undefined && known !== message.copy && !(message.replay && settled)) {
      return { message, verdict: { kind: "duplicate" }, repeated: flight ?? new Flight(message, row) };
    }
    const next = flight ?? new Flight(message, row);
    const verdict = revisionGate(newest && Number(newest.revision), message.revision);
    if (verdict.kind === "obsolete") return { message, verdict, writing: next.obsolete(Date.now()) };
    const isOther = newest !== undefined && newest.event_id !== storable(message.eventId);
    const fresh = {
      kind: "fresh",
      conflict: verdict.conflict && isOther,
      attempts: row?.attempts ?? 0,
    } as const;
    const reopening = settled ? { writing: next.reopened() } : {};
    return { message, verdict: fresh, flight: next, ...reopening };
  }

  /** Those whose shard was lost meanwhile. */
  async #writeDown(decisions: readonly Decision[]): Promise<ReadonlySet<Decision>> {
    const writing = decisions.filter((one) => one.writing !== undefined || one.repeated !== undefined);
    if (writing.length === 0) return new Set();
    const { schema } = this.#db;
    const done = new Set(
      await this.#write(
        writing.map(({ message }) => message),
        async (client, mine) => {
          const ours = new Set(mine);
          const taken = writing.filter(({ message }) => ours.has(message));
          const repeated = taken.flatMap((one) => one.repeated ?? []);
          await showRows(
            client,
            schema,
            repeated.flatMap((one) => (one.isStored ? [] : one.writing)),
          );
          await countRepeats(
            client,
            schema,
            repeated.map((one) => one.writing.row),
          );
          await writeRows(
            client,
            schema,
            taken.flatMap((one) => one.writing ?? []),
          );
        },
      ),
    );
    return new Set(writing.filter(({ message }) => !done.has(message)));
  }

  #remember({ message, verdict, flight, writing, repeated }: Decision): void {
    if (repeated !== undefined && !repeated.isStored) repeated.stored(repeated.writing);
    if (verdict.kind === "obsolete") this.#flights.delete(message.eventId);
    if (flight === undefined) return;
    if (writing !== undefined) flight.stored(writing);
    this.#flights.set(message.eventId, flight);
  }

  async #flightOf(message: Message): Promise<Flight | undefined> {
    if (!this.#flights.has(message.eventId)) await this.admit([message]);
    return this.#flights.get(message.eventId);
  }

  #rows(client: PoolClient, writings: readonly Writing[]): Promise<void> {
    return writeRows(client, this.#db.schema, writings);
  }

  /** Writes for those of these messages whose shard is ours, and gives them. */
  #write(
    messages: readonly Message[],
    work: (client: PoolClient, mine: readonly Message[]) => Promise<void> | undefined,
  ): Promise<readonly Message[]> {
    if (messages.length === 0) return Promise.resolve([]);
    return inTransaction(this.#db.pool, (client) => this.#writeIn(client, messages, work));
  }

  async #writeIn(
    client: PoolClient,
    messages: readonly Message[],
    work: (client: PoolClient, mine: readonly Message[]) => Promise<void> | undefined,
  ): Promise<readonly Message[]> {
    const owned = await this.#share.owned(this.#shardsOf(messages), client);
    const mine = messages.filter((message) => owned.has(this.#shardOf(message)));
    await markChanges(client, this.#db.schema);
    await work(client, mine);
    return mine;
  }

  async #rowsOf(messages: readonly Message[]): Promise<ReadonlyMap<string, EventRow>> {
    const { rows } = await this.#db.pool.query<EventRow>({
      name: "rows",
      text: `select ${rowColumns} from ${this.#db.schema}.event where event_id = any($1) and received_at >= $2`,
      values: [messages.map(({ eventId }) => storable(eventId)), memoryOf(messages)],
    });
    return new Map(rows.map((row) => [row.event_id, row]));
  }

  async #newestOf(messages: readonly Message[]): Promise<ReadonlyMap<string, Newest>> {
    const states = messages.flatMap(({ state, revision }) =>
      state === null || revision === null ? [] : storable(state),
    );
    if (states.length === 0) return new Map();
    const { rows } = await this.#db.pool.query<Newest>({
      name: "newest",
      text: `select distinct on (state) state, revision, event_id from ${this.#db.schema}.event
        where state = any($1) and counts and revision is not null and received_at >= $2
        order by state, revision desc, settled_at desc nulls last, seq desc`,
      values: [states, memoryOf(messages)],
    });
    return new Map(rows.map((row) => [row.state, row]));
  }

  #shardOf(message: Message): number {
    return shardOf(message, this.#shards);
  }

  #shardsOf(messages: readonly Message[]): readonly number[] {
    return [...new Set(messages.map((message) => this.#shardOf(message)))];
  }
}

/** What was received before this time is not looked for; ms since 1970. */
const memoryOf = (messages: readonly Message[]): number =>
  messages.reduce((oldest, { receivedAt }) => Math.min(oldest, receivedAt), Number.MAX_SAFE_INTEGER) -
  memoryMs;

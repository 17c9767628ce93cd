import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Message } from "../../../src/event/message.ts";
import type { Verdict } from "../../../src/ledger/driver.ts";
import type { SqliteLedgerStore } from "../../../src/ledger/drivers/sqlite/store.ts";
import { aMessage } from "../../../src/testing/builders.ts";
import { below, oneIn, pick } from "../../../src/lib/random.ts";
import type { OpenLedgerTables } from "./ledger-tables.ts";

/** What a ledger was told, and must know for ever. */
export class LedgerHistory {
  readonly #random: () => number;
  readonly #events = new Map<string, Message>();
  /** Some old events that may be repeated at any time. */
  readonly #oldest: Message[] = [];
  readonly #entities = new Map<string, string[]>();
  /** State → newest revision. */
  readonly #newest = new Map<string, number>();
  /** Ids of events that were admitted. */
  readonly #seen = new Set<string>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Handles so many events, as they come: new entities, later and older revisions, repeats of any age. */
  grow(ledger: OpenLedgerTables, count: number): void {
    const messages = Array.from({ length: count }, () => this.#next());
    const verdicts = ledger.handle(messages);
    assert.deepEqual(
      verdicts.map(({ kind }) => kind),
      messages.map((message) => this.#expected(message)),
    );
  }

  get size(): number {
    return this.#events.size;
  }

  /** A late repeat of every so-many-th event, oldest first: changes to rows that were sealed long ago. */
  repeats(every: number): readonly Message[] {
    return [...this.#events.values()]
      .filter((_, index) => index % every === 0)
      .map((message) => ({ ...message, copy: randomUUID() }));
  }

  /** Events and entities that this ledger does not find as it should, among all or every so-many-th. */
  unknownTo(store: SqliteLedgerStore, every = 1): readonly string[] {
    const isChosen = (_: unknown, index: number): boolean => index % every === 0;
    const events = [...this.#events.keys()].filter(isChosen).filter((id) => store.get(id)?.eventId !== id);
    const entities = [...this.#entities].filter(isChosen).filter(([entity, ids]) => {
      const timeline = store.timeline(entity, 1_000).map(({ eventId }) => eventId);
      return !isDeepStrictEqual(timeline.toSorted(), ids.toSorted());
    });
    return [...events, ...entities.map(([entity]) => entity)];
  }

  /**
   * States whose newest revision the gate of this ledger does not know, among all or every so-many-th. It asks with a
   * lower revision, which the ledger writes down, so call this last.
   */
  unguardedBy(ledger: OpenLedgerTables, every = 1): readonly string[] {
    const chosen = [...this.#newest].filter(([, newest], index) => index % every === 0 && newest > 0);
    assert.ok(chosen.length > 10, "too few states to prove anything");
    const verdicts = ledger.handle(
      chosen.map(([state, newest]) => aMessage({ entity: state, revision: newest - 1 })),
    );
    return chosen
      .filter(([, newest], index) => !isDeepStrictEqual(verdicts[index], { kind: "obsolete", newest }))
      .map(([state]) => state);
  }

  #next(): Message {
    const repeated = oneIn(this.#random, 10) ? pick(this.#random, this.#oldest) : undefined;
    if (repeated !== undefined) return { ...repeated, copy: randomUUID() };
    const known = oneIn(this.#random, 2) ? below(this.#random, this.#entities.size + 1) : this.#entities.size;
    const entity = `message:${known}`;
    const newest = this.#newest.get(entity) ?? 0;
    const revision = oneIn(this.#random, 5) ? below(this.#random, newest + 1) : newest + 1;
    return this.#remember(aMessage({ entity, revision }));
  }

  #remember(message: Message): Message {
    this.#events.set(message.eventId, message);
    if (this.#oldest.length < 200) this.#oldest.push(message);
    this.#entities.set(message.entity, [...(this.#entities.get(message.entity) ?? []), message.eventId]);
    return message;
  }

  #expected(message: Message): Verdict["kind"] {
    if (this.#seen.has(message.eventId)) return "duplicate";
    this.#seen.add(message.eventId);
    const newest = this.#newest.get(message.entity);
    const revision = message.revision ?? 0;
    if (newest !== undefined && revision < newest) return "obsolete";
    this.#newest.set(message.entity, revision);
    return "fresh";
  }
}

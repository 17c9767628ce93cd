import { randomUUID } from "node:crypto";
import { memoryReport } from "../../../lib/engines/engine-report.ts";
import type { Message } from "../../../event/message.ts";
import { cutOff, endOf, type LedgerDriver, type Settlement, type Verdict } from "../../driver.ts";
import { EmbeddedLedger } from "../../embedded-ledger.ts";
import { byRevision } from "../../list-place.ts";
import {
  type Change,
  type EventDetail,
  type EventFilter,
  type EventRecord,
  forgettable,
  type LedgerStats,
  type Page,
} from "../../record.ts";
import { isReopenedBy, type Standing, standingOf } from "../../standing.ts";
import { toAttempt } from "../../to-record.ts";
import { pageOf } from "./list.ts";
import { type Entry, MemoryLedgerStore, recordOf } from "./store.ts";

/**
 * A ledger that forgets everything when the process ends; for tests and demonstrations.
 *
 * @param store may have been filled before
 * @param now ms since 1970
 */
export function memoryLedger(
  store: MemoryLedgerStore = new MemoryLedgerStore(),
  now: () => number = Date.now,
): LedgerDriver {
  return new MemoryLedger(store, now);
}

class MemoryLedger extends EmbeddedLedger implements LedgerDriver {
  readonly #store: MemoryLedgerStore;
  readonly #now: () => number;
  /** Events between `admit` and `settle`. */
  readonly #underWay = new Set<string>();

  constructor(store: MemoryLedgerStore, now: () => number) {
    super(randomUUID(), memoryReport);
    this.#store = store;
    this.#now = now;
  }

  async admit(messages: readonly Message[]): Promise<readonly Verdict[]> {
    return messages.map((message) => this.#admit(message));
  }

  #admit(message: Message): Verdict {
    const known = this.#store.entries.get(message.eventId);
    const standing = known === undefined ? "passes" : this.#standing(known, message);
    if (known !== undefined && standing !== "passes") return this.#duplicate(known, standing);
    const verdict = this.#store.verdictOn(message);
    const entry = known ?? this.#store.add(message);
    const isOtherCopy = entry.copy !== message.copy;
    entry.copy = message.copy;
    entry.begun = false;
    this.#underWay.add(message.eventId);
    if (verdict.kind === "obsolete") {
      this.#underWay.delete(message.eventId);
      entry.status = "obsolete";
      entry.settledAt = this.#now();
    } else if (isOtherCopy) {
      reopened(entry);
    }
    this.#store.changed(entry);
    return verdict;
  }

  async begin(message: Message, startedAt: number): Promise<void> {
    const entry = this.#store.entries.get(message.eventId) ?? this.#store.add(message);
    if (entry.begun) return;
    const attempt = entry.attemptLog.length + 1;
    entry.begun = true;
    entry.error = cutOff;
    entry.attemptLog.push(toAttempt({ attempt, startedAt, endedAt: startedAt, error: cutOff }));
    this.#store.changed(entry);
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly Settlement[]> {
    for (const settlement of settlements) this.#settle(settlement);
    return [];
  }

  #settle(settlement: Settlement): void {
    const { message, conflict, startedAt, endedAt } = settlement;
    const entry = this.#store.entries.get(message.eventId) ?? this.#store.add(message);
    this.#underWay.delete(message.eventId);
    if (entry.begun) entry.attemptLog.pop();
    const attempt = entry.attemptLog.length + 1;
    ({ status: entry.status, error: entry.error, settledAt: entry.settledAt } = endOf(settlement));
    entry.begun = false;
    entry.conflict ||= conflict;
    entry.attemptLog.push(toAttempt({ attempt, startedAt, endedAt, error: entry.error }));
    if (entry.status === "handled") this.#store.handled(message);
    this.#store.changed(entry);
  }

  async get(eventId: string): Promise<EventDetail | undefined> {
    const entry = this.#store.entries.get(eventId);
    return entry === undefined ? undefined : { ...recordOf(entry), attemptLog: [...entry.attemptLog] };
  }

  async list(filter: EventFilter, limit: number, cursor: string | null): Promise<Page<EventRecord>> {
    return pageOf(this.#store.entries.values(), filter, limit, cursor);
  }

  async timeline(entity: string, limit: number): Promise<readonly EventRecord[]> {
    const { items } = pageOf(this.#store.entries.values(), { entity }, limit, null);
    return byRevision(items);
  }

  async changes(after: number, limit: number): Promise<readonly Change[]> {
    const missed = [...this.#store.entries.values()].filter(({ change }) => change > after);
    missed.sort((a, b) => a.change - b.change);
    return missed.slice(0, limit).map((entry) => ({ id: entry.change, record: recordOf(entry) }));
  }

  async latestChange(): Promise<number> {
    return this.#store.latestChange;
  }

  async message(eventId: string): Promise<Message | undefined> {
    const entry = this.#store.entries.get(eventId);
    if (entry === undefined) return undefined;
    return { ...entry.message, copy: entry.copy, replay: false, body: new Uint8Array(entry.message.body) };
  }

  async reopen(eventId: string, copy: string): Promise<void> {
    const entry = this.#store.entries.get(eventId);
    if (entry === undefined) return;
    if (!isReopenedBy(copy, { ...entry, attempts: entry.attemptLog.length })) return;
    entry.copy = copy;
    reopened(entry);
    this.#store.changed(entry);
  }

  async stats(): Promise<LedgerStats> {
    const events = { pending: 0, retrying: 0, handled: 0, obsolete: 0, dead: 0 };
    for (const { status } of this.#store.entries.values()) events[status] += 1;
    return { events, duplicates: this.#store.duplicates };
  }

  async removeDead(eventId: string): Promise<boolean> {
    const { entries } = this.#store;
    return entries.get(eventId)?.status === "dead" && entries.delete(eventId);
  }

  async prune(before: number): Promise<number> {
    const { entries } = this.#store;
    const old = [...entries].filter(
      ([, { message, status }]) => message.receivedAt < before && forgettable.includes(status),
    );
    for (const [eventId] of old) entries.delete(eventId);
    return old.length;
  }

  async close(): Promise<void> {}

  #standing({ status, copy, attemptLog }: Entry, message: Message): Standing {
    const isUnderWay = this.#underWay.has(message.eventId);
    return standingOf(message, { status, copy, attempts: attemptLog.length, isUnderWay });
  }

  #duplicate(entry: Entry, standing: Standing): Verdict {
    if (standing === "repeated") {
      entry.deliveries += 1;
      this.#store.duplicates += 1;
      this.#store.changed(entry);
    }
    return { kind: "duplicate" };
  }
}

function reopened(entry: Entry): void {
  entry.status = "pending";
  entry.settledAt = null;
}

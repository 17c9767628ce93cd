import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Message } from "../../event/message.ts";
import { replayCopy } from "../../event/replay-copy.ts";
import type { GateVerdict } from "../../event/revision-gate.ts";
import type { LedgerDriver, Outcome, Settlement, Verdict } from "../../ledger/driver.ts";
import type {
  Change,
  EventDetail,
  EventFilter,
  EventRecord,
  EventStatus,
  LedgerStats,
} from "../../ledger/record.ts";
import { aMessage } from "../builders.ts";
import type { ContractCase, ContractHarness } from "../contract.ts";
import { eventually } from "../eventually.ts";

/**
 * What the ledger contract needs of an engine: one empty storage, which lives until `dispose`. A ledger that is
 * opened after another was closed finds what that one left. The clock of the ledger is that of the machine. The
 * harness remembers what it opened; `dispose` closes it.
 */
export interface LedgerHarness extends ContractHarness {
  /** The ledger over the storage. A case has one open at a time, and closes it before it opens another. */
  readonly open: () => Promise<LedgerDriver>;
}

export type LedgerCase = ContractCase<LedgerHarness>;

export const handled: Outcome = { kind: "handled" };
export const retry = (error: string): Outcome => ({ kind: "retry", error });
export const dead = (error: string): Outcome => ({ kind: "dead", error });

/** How an attempt of an event that was admitted ended. */
export const settled = (message: Message, outcome: Outcome = handled): Settlement => ({
  message,
  outcome,
  conflict: false,
  startedAt: 1,
  endedAt: 2,
});

export const iso = (time: number): string => new Date(time).toISOString();

/** The same event, sent once more by the sender: another copy. */
export const repeatOf = (message: Message): Message => ({
  ...message,
  copy: randomUUID(),
  receivedAt: message.receivedAt + 1,
});

/** The same event once more because a person asked for it. */
export const replayOf = (message: Message): Message => ({ ...message, copy: randomUUID(), replay: true });

/** The same replay, asked for after so many runs of the handler. */
export const replayAfter = (runs: number, message: Message): Message => ({
  ...message,
  copy: replayCopy(randomUUID(), message.copy, runs),
  replay: true,
});

/** What the ledger says of one event. */
export async function verdictOf(ledger: LedgerDriver, message: Message): Promise<Verdict> {
  const verdicts = await ledger.admit([message]);
  const [verdict] = verdicts;
  assert.ok(verdict !== undefined && verdicts.length === 1, "one answer for one message");
  return verdict;
}

/** Admits an event and proves that it may be handled; tells whether it is a conflict. */
export async function admitFresh(ledger: LedgerDriver, message: Message): Promise<boolean> {
  const verdict = await verdictOf(ledger, message);
  assert.equal(verdict.kind, "fresh", `${message.name}, revision ${message.revision}`);
  return verdict.kind === "fresh" && verdict.conflict;
}

/** Admits a fresh event and settles it, as the processor does. */
export async function process(
  ledger: LedgerDriver,
  message: Message,
  outcome: Outcome = handled,
): Promise<void> {
  const conflict = await admitFresh(ledger, message);
  const now = Date.now();
  await ledger.settle([{ message, outcome, conflict, startedAt: now, endedAt: now }]);
}

/** Settles an event with this outcome, and announces a replay of it. */
export async function replayed(ledger: LedgerDriver, message: Message, outcome?: Outcome): Promise<Message> {
  await process(ledger, message, outcome);
  const replay = replayOf(message);
  await ledger.reopen(message.eventId, replay.copy);
  return replay;
}

/** Processes events of different states, all at once. */
export async function processAll(ledger: LedgerDriver, messages: readonly Message[]): Promise<void> {
  await Promise.all(messages.map((message) => process(ledger, message)));
}

/** A verdict without the count of attempts, which has cases of its own. */
export type Expected = GateVerdict | { readonly kind: "duplicate" };

export function withoutAttempts(verdict: Verdict): Expected {
  assert.ok(verdict.kind !== "elsewhere", "no other process is there");
  return verdict.kind === "fresh" ? { kind: "fresh", conflict: verdict.conflict } : verdict;
}

export async function assertVerdict(
  ledger: LedgerDriver,
  message: Message,
  expected: Expected,
): Promise<void> {
  assert.deepEqual(withoutAttempts(await verdictOf(ledger, message)), expected);
}

export const duplicate: Expected = { kind: "duplicate" };
export const fresh: Expected = { kind: "fresh", conflict: false };
export const conflict: Expected = { kind: "fresh", conflict: true };
export const obsolete = (newest: number): Expected => ({ kind: "obsolete", newest });

/** An event of one message. */
export const inState = (state: string | null, revision: number | null): Message =>
  aMessage({ entity: "message:42", state, revision });

/** What the ledger knows of an event that it must know. */
export async function detailOf(ledger: LedgerDriver, { eventId }: Message): Promise<EventDetail> {
  const detail = await ledger.get(eventId);
  assert.ok(detail !== undefined, "the ledger does not know the event");
  return detail;
}

/** The same as a list shows it, without the single attempts. */
export async function recordOf(ledger: LedgerDriver, message: Message): Promise<EventRecord> {
  const { attemptLog, ...record } = await detailOf(ledger, message);
  assert.equal(attemptLog.length, record.attempts);
  return record;
}

/** Proves some fields of an event's record. */
export async function assertRecord(
  ledger: LedgerDriver,
  message: Message,
  expected: Partial<EventRecord>,
): Promise<void> {
  const record = await detailOf(ledger, message);
  assert.deepEqual({ ...record, ...expected }, record);
}

/** All items of a list, page by page, with what every page must obey. */
export async function walk(
  ledger: LedgerDriver,
  filter: EventFilter,
  limit: number,
  from: string | null = null,
): Promise<readonly EventRecord[]> {
  const items: EventRecord[] = [];
  let cursor = from;
  for (let pages = 0; pages < 1_000; pages += 1) {
    const page = await ledger.list(filter, limit, cursor);
    assert.ok(page.items.length <= limit, `${page.items.length} items on a page of ${limit}`);
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = page.next;
  }
  throw new assert.AssertionError({ message: "the list has no end" });
}

/** All changes after one, read in pieces, with what every piece must obey. */
export async function changesAfter(
  ledger: LedgerDriver,
  after: number,
  limit = 2,
): Promise<readonly Change[]> {
  const all: Change[] = [];
  for (;;) {
    const piece = await ledger.changes(all.at(-1)?.id ?? after, limit);
    assert.ok(piece.length <= limit, `${piece.length} changes, not ${limit}`);
    for (const change of piece) {
      assert.ok(change.id > (all.at(-1)?.id ?? after), "changes are out of order");
      all.push(change);
    }
    if (piece.length === 0) return all;
  }
}

export const idsOf = (items: readonly { readonly eventId: string }[]): string[] =>
  items.map(({ eventId }) => eventId);

/** Events by status, and duplicates. */
export interface Counts extends Partial<Record<EventStatus, number>> {
  readonly duplicates?: number;
}

/**
 * Proves the statistics: what is not named is 0. Events that were admitted and are not settled may take a second to
 * be counted; everything else is counted at once.
 */
export async function assertStats(ledger: LedgerDriver, expected: Counts): Promise<void> {
  const { duplicates = 0, ...named } = expected;
  const events = { pending: 0, retrying: 0, handled: 0, obsolete: 0, dead: 0, ...named };
  const atOnce = await ledger.stats();
  assert.deepEqual(withoutPending(atOnce), withoutPending({ events, duplicates }));
  await eventually(async () => assert.deepEqual(await ledger.stats(), { events, duplicates }));
}

function withoutPending({ events, duplicates }: LedgerStats): unknown {
  const { pending: _, ...settled } = events;
  return { events: settled, duplicates };
}

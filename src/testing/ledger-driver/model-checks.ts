import assert from "node:assert/strict";
import type { Message } from "../../event/message.ts";
import { matches } from "../../event/pattern.ts";
import { isSynthetic } from "../../event/synthetic.ts";
import type { EventDetail, EventFilter, EventRecord } from "../../ledger/record.ts";
import { idsOf } from "./harness.ts";
import { isSeen, type ModelEvent } from "./model-event.ts";

/** Proves that the record of an event says what the model knows. */
export function assertRecord(record: EventRecord, event: ModelEvent, toleranceMs: number): void {
  const { first, settledAt } = event;
  const at = record.settledAt === null ? null : Date.parse(record.settledAt);
  const isRight =
    settledAt === null
      ? at === null
      : at !== null && at >= settledAt.from - toleranceMs && at <= settledAt.to + toleranceMs;
  assert.ok(isRight, `settled at ${record.settledAt}`);
  assert.deepEqual(record, {
    eventId: first.eventId,
    name: first.name,
    entity: first.entity,
    revision: first.revision,
    status: event.status,
    attempts: event.attemptLog.length,
    deliveries: event.deliveries,
    conflict: event.conflict,
    receivedAt: new Date(first.receivedAt).toISOString(),
    occurredAt: first.occurredAt === null ? null : new Date(first.occurredAt).toISOString(),
    settledAt: record.settledAt,
    error: event.error,
    accountId: first.accountId,
    apiSpaceId: first.apiSpaceId,
    synthetic: isSynthetic(first.eventId),
  });
}

/** The same for its attempts. */
export function assertDetail(detail: EventDetail | undefined, event: ModelEvent, toleranceMs: number): void {
  assert.ok(detail !== undefined, `${event.first.eventId} is lost`);
  const { attemptLog, ...record } = detail;
  assertRecord(record, event, toleranceMs);
  assert.deepEqual(attemptLog, event.attemptLog);
}

/** The same for a list. Events that need not be seen yet may be missing. */
export function assertRecords(
  items: readonly EventRecord[],
  events: readonly ModelEvent[],
  toleranceMs: number,
): void {
  const found = new Set(idsOf(items));
  const expected = events.filter((event) => isSeen(event) || found.has(event.first.eventId));
  assert.deepEqual(
    idsOf(items),
    expected.map(({ first }) => first.eventId),
  );
  for (const [index, event] of expected.entries()) {
    const item = items[index];
    if (item !== undefined) assertRecord(item, event, toleranceMs);
  }
}

/** Proves that an event is given back as it was admitted; with which copy is left open. */
export function assertKept(first: Message, given: Message | undefined): void {
  assert.deepEqual(
    { ...given, body: [...(given?.body ?? [])] },
    { ...first, body: [...first.body], copy: given?.copy, replay: given?.replay },
  );
}

/**
 * Proves that a reader of changes was told the right ones.
 *
 * @param since the last change of the model that it had seen before
 */
export function assertTold(
  told: ReadonlyMap<string, EventRecord>,
  events: readonly ModelEvent[],
  since: number,
  toleranceMs: number,
): void {
  for (const event of events) {
    const record = told.get(event.first.eventId);
    if (record !== undefined) assertRecord(record, event, toleranceMs);
    else assert.ok(event.changed <= since, `a change of ${event.first.eventId} is not told`);
  }
  const known = events.filter(({ first }) => told.has(first.eventId));
  assert.equal(told.size, known.length, "an event is told that is gone");
  const inOrder = known
    .filter(({ changed, touched }) => changed === touched)
    .sort((a, b) => a.changed - b.changed);
  const ids = new Set<string>(inOrder.map(({ first }) => first.eventId));
  assert.deepEqual(
    [...told.keys()].filter((eventId) => ids.has(eventId)),
    [...ids],
  );
}

/** Whether a list with this filter shows the event. */
export function meets({ first, status, error }: ModelEvent, filter: EventFilter): boolean {
  const text = `${Buffer.from(first.body).toString("latin1")} ${error ?? ""}`.toLowerCase();
  return (
    first.entity === (filter.entity ?? first.entity) &&
    matches(filter.name ?? "*", first.name) &&
    status === (filter.status ?? status) &&
    first.receivedAt >= (filter.since ?? 0) &&
    first.receivedAt < (filter.until ?? Infinity) &&
    text.includes((filter.text ?? "").toLowerCase())
  );
}

import assert from "node:assert/strict";
import type { Message } from "../../event/message.ts";
import { runsAtReplay } from "../../event/replay-copy.ts";
import { cutOff, type Outcome, type Settlement, type Verdict } from "../../ledger/driver.ts";
import type { EventStatus, LedgerStats } from "../../ledger/record.ts";
import type { Span } from "../play.ts";
import { isOwn, isSeen, isSettled, type ModelEvent, repeats } from "./model-event.ts";
import { ModelGate } from "./model-gate.ts";

/** A ledger as its promises describe it, without a storage: what a driver is compared with. */
export class LedgerModel {
  readonly events: Map<string, ModelEvent> = new Map();
  /** What was removed; whether the ledger knows it again is left open. */
  readonly gone: Map<string, Message> = new Map();
  duplicates = 0;
  /** The place of the newest change in their order. */
  changes = 0;
  readonly #gate = new ModelGate();

  /** Proves that a verdict is right, and remembers what comes of it. */
  admitted(message: Message, verdict: Verdict, span: Span): void {
    const known = this.events.get(message.eventId);
    const isRepeat = known !== undefined && repeats(message, known);
    if (verdict.kind === "duplicate") {
      assert.ok(isRepeat || this.gone.has(message.eventId), `${message.eventId} was never there`);
      if (message.replay || (known !== undefined && isOwn(message, known))) return;
      this.duplicates += 1;
      if (known === undefined) return;
      known.deliveries += 1;
      this.#touch(known, { trace: "written" });
      return;
    }
    assert.ok(!isRepeat, `${message.eventId} is known already`);
    this.#gate.assertRight(message, verdict, known?.wasHandled === true);
    const event = known ?? this.#add(message);
    if (verdict.kind === "fresh") {
      assert.equal(verdict.attempts, event.attemptLog.length, "attempts");
      assert.equal(verdict.isCutOff, event.error === cutOff, "cut off");
    }
    const isOtherCopy = event.current.copy !== message.copy;
    event.begun = false;
    event.current = message;
    event.underWay = verdict.kind === "fresh";
    if (verdict.kind === "obsolete") this.#write(event, { status: "obsolete", settledAt: span });
    else {
      const back = event.trace === "doubtful" ? ({ trace: "admitted" } as const) : {};
      this.#touch(event, isOtherCopy ? { ...back, status: "pending", settledAt: null } : back);
    }
  }

  began({ eventId }: Message, startedAt: number): void {
    const event = this.#of(eventId);
    const at = iso(startedAt);
    event.attemptLog.push({
      attempt: event.attemptLog.length + 1,
      startedAt: at,
      endedAt: at,
      outcome: "failed",
      error: cutOff,
    });
    this.#touch(event, { begun: true, error: cutOff, trace: "written" });
  }

  settled({ message, outcome, conflict, startedAt, endedAt }: Settlement): void {
    const event = this.#of(message.eventId);
    if (event.begun) event.attemptLog.pop();
    const attempt = event.attemptLog.length + 1;
    const error = outcome.kind === "handled" ? null : outcome.error;
    const ended = { outcome: error === null ? "handled" : "failed", error } as const;
    event.attemptLog.push({ attempt, startedAt: iso(startedAt), endedAt: iso(endedAt), ...ended });
    event.conflict ||= conflict;
    event.wasHandled ||= error === null;
    const settledAt = outcome.kind === "retry" ? null : { from: endedAt, to: endedAt };
    this.#write(event, { begun: false, underWay: false, error, status: statusAfter(outcome), settledAt });
    if (outcome.kind === "handled") this.#gate.handled(message);
  }

  /**
   * A replay was announced. It only counts for a settled event, for a copy that has not come before, and if no other
   * replay has come since a handler ran last.
   */
  announced(replay: Message): void {
    const event = this.events.get(replay.eventId);
    if (event === undefined || !isSettled(event) || event.current.copy === replay.copy) return;
    if (runsAtReplay(event.current) === event.attemptLog.length) return;
    this.#write(event, { current: replay, status: "pending", settledAt: null });
  }

  /** @returns how many events are old and may go */
  pruned(before: number): number {
    const old = [...this.events.values()].filter(({ status, first }) => {
      return first.receivedAt < before && (status === "handled" || status === "obsolete");
    });
    for (const { first } of old) this.#remove(first);
    return old.length;
  }

  /** @returns whether there was such a dead letter */
  removedDead(eventId: string): boolean {
    const event = this.events.get(eventId);
    if (event?.status !== "dead") return false;
    this.#remove(event.first);
    return true;
  }

  /** A second has passed, so events that were only admitted must be seen now. */
  secondPassed(): void {
    for (const event of this.events.values()) if (event.trace === "admitted") event.trace = "shown";
  }

  reopened(): void {
    for (const event of this.events.values()) {
      event.underWay = false;
      if (event.trace !== "written") event.trace = "doubtful";
    }
  }

  assertStats({ events, duplicates }: LedgerStats): void {
    const counts = { pending: 0, retrying: 0, handled: 0, obsolete: 0, dead: 0 };
    let unseen = 0;
    for (const event of this.events.values()) {
      if (isSeen(event)) counts[event.status] += 1;
      else unseen += 1;
    }
    const seen = Math.min(Math.max(events.pending - counts.pending, 0), unseen);
    counts.pending += seen;
    assert.deepEqual({ ...events, duplicates }, { ...counts, duplicates: this.duplicates });
  }

  #add(message: Message): ModelEvent {
    const event: ModelEvent = {
      first: message,
      current: message,
      status: "pending",
      deliveries: 1,
      conflict: false,
      error: null,
      settledAt: null,
      attemptLog: [],
      begun: false,
      wasHandled: false,
      underWay: true,
      trace: "admitted",
      touched: 0,
      changed: 0,
    };
    this.gone.delete(message.eventId);
    this.events.set(message.eventId, event);
    return event;
  }

  #remove(message: Message): void {
    this.events.delete(message.eventId);
    this.gone.set(message.eventId, message);
    this.#gate.removed(message);
  }

  #touch(event: ModelEvent, fields: Partial<ModelEvent>): void {
    this.changes += 1;
    Object.assign(event, fields, { touched: this.changes });
  }

  #write(event: ModelEvent, fields: Partial<ModelEvent>): void {
    this.#touch(event, { ...fields, trace: "written", changed: this.changes + 1 });
  }

  #of(eventId: string): ModelEvent {
    const event = this.events.get(eventId);
    assert.ok(event !== undefined, `${eventId} is not there`);
    return event;
  }
}

const statusAfter = ({ kind }: Outcome): EventStatus => (kind === "retry" ? "retrying" : kind);

const iso = (time: number): string => new Date(time).toISOString();

import assert from "node:assert/strict";
import type { Message } from "../../event/message.ts";
import type { Delivery, QueueDepth, RetryOptions } from "../../queue/driver.ts";
import type { Span } from "../play.ts";
import { messageOf, opened } from "./harness.ts";

/** What is known about a message that was sent and not acknowledged. */
interface Expected {
  /** The same number for sends that were under way together, which have no order among them. */
  readonly group: number;
  readonly send: number;
  readonly index: number;
  readonly sent: Span;
  /** The lowest and the highest `attempt` that the next hand-out may carry. */
  least: number;
  most: number;
  /** The newest hand-out, as long as it can be answered. */
  hand: Delivery | undefined;
  /** Before the one time surely handed to nobody; after the other surely available. */
  busyUntil: number;
  freeFrom: number;
  /** True if it was never handed out, or only too early: nothing that was sent later may overtake it. */
  inPlace: boolean;
  /** True if it was given back as too early and not handed out since. */
  isEarly: boolean;
}

/** A queue as its promises describe it, without a storage: what a driver is compared with. */
export class QueueModel {
  readonly #leaseMs: number;
  readonly #toleranceMs: number;
  /** Messages by their bodies, no two of which are the same. */
  readonly #messages = new Map<string, Expected>();
  #groups = 0;
  #sent = 0;

  /** @param toleranceMs how far apart the clocks of the engine and of the model may be */
  constructor(leaseMs: number, toleranceMs: number) {
    this.#leaseMs = leaseMs;
    this.#toleranceMs = toleranceMs;
  }

  get size(): number {
    return this.#messages.size;
  }

  /** When everything is surely available. */
  get freeFrom(): number {
    return Math.max(0, ...Array.from(this.#messages.values(), ({ freeFrom }) => freeFrom));
  }

  /** A message with a new body of at least so many bytes. */
  next(length: number): Message {
    this.#sent += 1;
    const number = this.#sent;
    return messageOf(
      Uint8Array.from({ length: 3 + length }, (_, at) => (at < 3 ? number >> (8 * at) : number * at) & 0xff),
    );
  }

  sent(sends: readonly (readonly Message[])[], span: Span): void {
    this.#groups += 1;
    for (const [send, messages] of sends.entries()) {
      for (const [index, message] of messages.entries()) {
        const place = { group: this.#groups, send, index, sent: span, inPlace: true, isEarly: false };
        const free = { least: 1, most: 1, hand: undefined, busyUntil: 0, freeFrom: 0 };
        this.#messages.set(keyOf({ message }), { ...place, ...free });
      }
    }
  }

  handedOut(deliveries: readonly Delivery[], span: Span): void {
    const before = deliveries.map((delivery) => this.#handedOut(delivery, span));
    for (const [index, { inPlace, message }] of before.entries()) {
      if (!inPlace) continue;
      for (const [key, other] of this.#messages) {
        const waits = other.inPlace && other.hand === undefined && this.#isFree(other, span.from);
        assert.ok(!(waits && isSentBefore(other, message)), `${nameOf(key)} was overtaken`);
      }
      const later = before.slice(index + 1).filter((each) => each.inPlace);
      for (const next of later)
        assert.ok(!isSentBefore(next.message, message), "handed out in the wrong order");
    }
  }

  /** True if this hand-out can still be answered, since the message was surely not handed out again. */
  holds(delivery: Delivery, now: number): boolean {
    const message = this.#messages.get(keyOf(delivery));
    return message?.hand === delivery && now < message.busyUntil - this.#toleranceMs;
  }

  /** True if the message of this hand-out is there at all. */
  has(delivery: Delivery): boolean {
    return this.#messages.has(keyOf(delivery));
  }

  /** How many messages surely wait for somebody to ask. */
  readyAt(now: number): number {
    return [...this.#messages.values()].filter((message) => this.#isFree(message, now)).length;
  }

  acknowledged(delivery: Delivery): void {
    this.#messages.delete(keyOf(delivery));
  }

  /** So many of these were acknowledged: those whose leases ended last. */
  acknowledgedOf(deliveries: readonly Delivery[], count: number): void {
    const freeFrom = (delivery: Delivery): number => this.#of(delivery).freeFrom;
    const last = [...new Set(deliveries)].toSorted((one, other) => freeFrom(other) - freeFrom(one));
    for (const [place, each] of last.entries()) if (place < count) this.acknowledged(each);
  }

  retried(delivery: Delivery, { attempt, delayMs }: RetryOptions, span: Span): void {
    const message = this.#of(delivery);
    const isEarly = attempt === delivery.attempt;
    message.inPlace &&= isEarly;
    Object.assign(message, { least: attempt, most: attempt, hand: undefined, isEarly });
    this.#busy(message, delayMs, span);
  }

  /** A retry whose lease may have ended before; then its effect is left open. */
  retriedLate(delivery: Delivery, { delayMs }: RetryOptions, span: Span): void {
    const message = this.#of(delivery);
    const freeFrom = Math.max(message.freeFrom, span.to + delayMs);
    Object.assign(message, {
      least: 1,
      most: Infinity,
      hand: undefined,
      busyUntil: 0,
      freeFrom,
      inPlace: false,
    });
  }

  extended(delivery: Delivery, span: Span): void {
    this.#busy(this.#of(delivery), this.#leaseMs, span);
  }

  extendedLate(delivery: Delivery, span: Span): void {
    const message = this.#of(delivery);
    message.freeFrom = Math.max(message.freeFrom, span.to + this.#leaseMs);
  }

  /** What the consumer held is free again; whether that counts as an attempt is up to the engine. */
  closed(span: Span): void {
    this.#endEarlyWaits();
    for (const message of this.#held()) {
      message.least -= 1;
      const freeFrom = Math.min(message.freeFrom, span.to);
      Object.assign(message, { hand: undefined, busyUntil: 0, freeFrom, inPlace: false });
    }
  }

  /** What the consumer held comes back when its leases end, or earlier, if another takes it over. */
  killed(): void {
    this.#endEarlyWaits();
    for (const message of this.#held()) {
      Object.assign(message, { hand: undefined, busyUntil: 0, inPlace: false });
    }
  }

  /** The consumer that waits for what it gave back as too early is gone, so an engine may hand that out at once. */
  #endEarlyWaits(): void {
    for (const message of this.#messages.values()) if (message.isEarly) message.busyUntil = 0;
  }

  assertDepth({ messages, oldestAgeMs }: QueueDepth, span: Span): void {
    assert.equal(messages, this.size, "depth");
    const sent = Array.from(this.#messages.values(), (message) => message.sent);
    const least = Math.max(0, span.from - Math.min(span.from, ...sent.map(({ to }) => to)));
    const most = Math.max(0, span.to - Math.min(span.to, ...sent.map(({ from }) => from)));
    const told = `the oldest is ${oldestAgeMs} ms old, not ${least} to ${most}`;
    assert.ok(oldestAgeMs >= least - this.#toleranceMs && oldestAgeMs <= most + this.#toleranceMs, told);
  }

  #handedOut(delivery: Delivery, span: Span): { message: Expected; inPlace: boolean } {
    const message = this.#of(delivery);
    const { least, most } = message;
    const inPlace = message.inPlace && message.hand === undefined;
    assert.ok(span.to >= message.busyUntil - this.#toleranceMs, "handed out while it was leased or delayed");
    const isExpected = delivery.attempt >= least && delivery.attempt <= most;
    assert.ok(isExpected, `attempt ${delivery.attempt}, not ${least} to ${most}`);
    const next = delivery.attempt + 1;
    Object.assign(message, { least: next, most: next, hand: delivery, inPlace, isEarly: false });
    this.#busy(message, this.#leaseMs, span);
    return { message, inPlace };
  }

  #isFree({ freeFrom }: Expected, now: number): boolean {
    return freeFrom === 0 || freeFrom + this.#toleranceMs <= now;
  }

  #busy(message: Expected, ms: number, span: Span): void {
    message.busyUntil = span.from + ms;
    message.freeFrom = span.to + ms;
  }

  #held(): readonly Expected[] {
    return [...this.#messages.values()].filter(({ hand }) => hand !== undefined);
  }

  #of(delivery: Delivery): Expected {
    const message = this.#messages.get(keyOf(delivery));
    assert.ok(
      message !== undefined,
      `${nameOf(keyOf(delivery))} came back, or was changed, or was never sent`,
    );
    return message;
  }
}

const keyOf = (delivery: Pick<Delivery, "message">): string =>
  Buffer.from(opened(delivery).body).toString("hex");
const nameOf = (key: string): string => `message ${Buffer.from(key, "hex").subarray(0, 3).readUIntLE(0, 3)}`;

const isSentBefore = (a: Expected, b: Expected): boolean =>
  a.group < b.group || (a.group === b.group && a.send === b.send && a.index < b.index);

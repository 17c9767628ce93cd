import assert from "node:assert/strict";
import type { Delivery } from "../../queue/driver.ts";

/** What is known of a message that was sent and not acknowledged. */
interface Expected {
  /** The lowest and the highest `attempt` that the next hand-out may carry. */
  least: number;
  most: number;
  /** Not to be seen before this time, on the clock of `performance.now()`. */
  notBefore: number;
  /** Number of the consumer that holds it. */
  holder: number | undefined;
}

/** Clocks are read in whole milliseconds, and on both sides. */
const clockMs = 20;

/** A queue as its promises describe it, without a storage: what a driver is compared with. */
export class QueueModel {
  readonly #messages = new Map<string, Expected>();
  #sent = 0;

  get size(): number {
    return this.#messages.size;
  }

  /** The body of a message never seen before. */
  send(): Uint8Array {
    this.#sent += 1;
    const body = Uint8Array.of(0xff, this.#sent >> 8, this.#sent & 0xff);
    this.#messages.set(keyOf(body), { least: 1, most: 1, notBefore: 0, holder: undefined });
    return body;
  }

  handedOut(delivery: Delivery, consumer: number): void {
    const expected = this.#of(delivery);
    assert.equal(expected.holder, undefined, `handed out to ${consumer} and ${expected.holder}`);
    assert.ok(performance.now() >= expected.notBefore - clockMs, "handed out before its delay had passed");
    assert.ok(
      delivery.attempt >= expected.least && delivery.attempt <= expected.most,
      `attempt ${delivery.attempt}, not ${expected.least} to ${expected.most}`,
    );
    expected.holder = consumer;
    expected.least = delivery.attempt;
    expected.most = delivery.attempt + 1;
  }

  acknowledged(delivery: Delivery): void {
    this.#of(delivery);
    this.#messages.delete(keyOf(delivery.body));
  }

  retried(delivery: Delivery, attempt: number, delayMs: number): void {
    const expected = this.#of(delivery);
    expected.holder = undefined;
    expected.least = attempt;
    expected.most = attempt;
    expected.notBefore = performance.now() + delayMs;
  }

  /** What the consumer held is free again; whether that counts as an attempt is up to the engine. */
  closed(consumer: number): void {
    for (const expected of this.#messages.values()) {
      if (expected.holder === consumer) expected.holder = undefined;
    }
  }

  #of(delivery: Delivery): Expected {
    const expected = this.#messages.get(keyOf(delivery.body));
    assert.ok(expected !== undefined, `${keyOf(delivery.body)} came back, or was never sent`);
    return expected;
  }
}

const keyOf = (body: Uint8Array): string => Buffer.from(body).toString("hex");

import assert from "node:assert/strict";
import type { AsyncMessage, Channel } from "rabbitmq-client";
import { expect, test } from "vitest";
import { sleep } from "../../../../lib/async/sleep.ts";
import { messageOf, never, textsOf } from "../../../../testing/queue-driver/harness.ts";
import { AmqpHeld, type Held } from "./held.ts";

const [one, another] = [{} as Channel, {} as Channel];

/** Holds messages of shard 3, the text of each is its place. */
function holding(count: number, channel = one): AmqpHeld {
  const held = new AmqpHeld();
  for (let place = 0; place < count; place += 1) held.arrived(arrived(place, channel));
  return held;
}

function arrived(place: number, channel: Channel): Held {
  const body = Buffer.from(String(place));
  const came = { deliveryTag: place, body } as unknown as AsyncMessage;
  const rest = { channel, came, sentAt: place, attempt: 1, isOut: false };
  return { shard: 3, order: place, message: messageOf(body), ...rest };
}

/** Takes all, and sends some back: the place of each, and for how many ms. */
function sendBack(held: AmqpHeld, some: readonly (readonly [place: number, delayMs: number])[]): void {
  held.take(100);
  for (const [place, delayMs] of some) {
    const out = held.out(String(place));
    if (out !== undefined) held.putBack(out, delayMs);
  }
}

test("what was sent back as too early comes again in its old order, however long each waits", async () => {
  const held = holding(4);
  sendBack(held, [
    [3, 0],
    [0, 40],
    [1, 20],
  ]);

  await sleep(60);

  expect(textsOf(held.take(100))).toEqual(["0", "1", "3"]);
});

test("whoever waits for a change is woken when the first of them is due, and the next", async () => {
  const held = holding(4);
  sendBack(held, [
    [0, 60_000],
    [1, 30],
    [2, 60],
    [3, 60_000],
  ]);

  const begun = performance.now();
  for (const _ of [1, 2]) while (held.take(1).length === 0) await held.change(60_000, never);

  expect(performance.now() - begun).toBeLessThan(30_000);
});

test("it counts what is too early of a shard until that is due or gone", async () => {
  const held = holding(3);
  sendBack(held, [
    [0, 10],
    [1, 60_000],
    [2, 60_000],
  ]);
  expect(held.earlyOf(3)).toBe(3);

  await sleep(20);
  held.take(100);
  expect(held.earlyOf(3)).toBe(2);

  held.arrived(arrived(9, another));
  held.forgetAll(one);
  expect(held.earlyOf(3)).toBe(0);
  expect(textsOf(held.take(100))).toEqual(["9"]);
});

test("nobody can answer what was not handed out, or waits here for its time", () => {
  const held = holding(2);
  expect(held.out("0")).toBeUndefined();

  sendBack(held, [[0, 60_000]]);

  expect([0, 1].map((place) => held.out(String(place))?.order)).toEqual([undefined, 1]);
});

test("what is gone takes no memory any more, and is not handed out", () => {
  const held = holding(5);
  expect(held.bytes).toBe(5);

  held.forgetAll(one);

  expect([held.bytes, held.size]).toEqual([0, 0]);
  expect(held.take(100)).toEqual([]);
});

test("what was put back and is answered all the same is not handed out again", () => {
  const held = holding(2);
  const [waits, ready] = held.take(2).map(({ receipt }) => held.out(receipt));
  assert(waits !== undefined && ready !== undefined);
  held.arrived(arrived(2, one));
  held.putBack(waits, 60_000);
  held.putBack(ready, 0);
  // Looks what is due.
  held.take(0);

  held.forget(waits);
  held.forget(ready);

  expect(held.earlyOf(3)).toBe(0);
  expect(textsOf(held.take(100))).toEqual(["2"]);
});

test("many that are gone, of one channel after the other, are forgotten without holding up all else", () => {
  const channels = Array.from({ length: 16 }, () => ({}) as Channel);
  const held = new AmqpHeld();
  for (let place = 0; place < 80_000; place += 1) held.arrived(arrived(place, channels[place % 16] ?? one));
  const before = process.threadCpuUsage();

  for (const gone of channels) held.forgetAll(gone);

  expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(1_000);
  expect(held.take(100)).toEqual([]);
});

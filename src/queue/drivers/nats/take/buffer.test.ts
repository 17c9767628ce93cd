import assert from "node:assert/strict";
import { expect, test } from "vitest";
import { aMessage } from "../../../../testing/builders.ts";
import { NatsBuffer } from "./buffer.ts";
import { type Held, isWhole, type Seat } from "../answer/held.ts";

const shard = { index: 0, consumer: "0-one-0", incarnation: "one", takeovers: [], generation: 0 };
const body = new Uint8Array(10_000);

function held(sequence: number, entity: string): Held {
  const place = { consumer: shard.consumer, sequence, storedAt: "1", delivered: 1 };
  const delivery = { receipt: `${sequence}.1`, message: aMessage({ entity, body }), attempt: 1 };
  const order = { after: sequence, turn: 0 };
  const { length: bytes } = body;
  return { shard, reached: 1, place, reply: "", ...delivery, order, note: 0, lane: entity, bytes };
}

const bytesOf = (buffer: NatsBuffer): number =>
  buffer.all().reduce((sum, seat) => sum + (isWhole(seat) ? seat.bytes : 0), 0);

/** All of it is ready, and most of it without its message. */
function full(...lanes: readonly string[]): NatsBuffer {
  const buffer = new NatsBuffer(() => true);
  for (let sequence = 1; sequence <= 10_000; sequence += 1) {
    buffer.addAgain(held(sequence, lanes[sequence % lanes.length] ?? ""));
  }
  return buffer;
}

const take = (buffer: NatsBuffer): number[] =>
  buffer.take(10_000, () => undefined).map(({ place }) => place.sequence);

function takeAll(buffer: NatsBuffer): number[] {
  const all: number[] = [];
  for (let some = take(buffer); some.length > 0; some = take(buffer)) all.push(...some);
  return all;
}

test("the bodies of a long lane do not all stay here, but their places do", () => {
  const buffer = full("message:one");

  for (let sequence = 10_001; sequence <= 15_000; sequence += 1) {
    buffer.addAgain(held(sequence, "message:one"));
    if (sequence % 1_000 > 0) continue;
    expect(buffer.all()).toHaveLength(sequence);
    expect(bytesOf(buffer)).toBeLessThan(33_554_432);
    expect(bytesOf(buffer)).toBeGreaterThan(16_000_000);
  }
});

test("of what was sent back, a lane is handed no more at a time than it has places for", () => {
  const buffer = full("message:one", "message:two");

  expect(take(buffer)).toEqual(Array.from({ length: 800 }, (_, index) => index + 1));
  expect(buffer.ready()).toBe(800);
  // Time alone makes none of the others ready.
  expect(buffer.nextMs()).toBe(Infinity);
});

test("what is new is handed on at once, unless so many of its lane are to come before it", () => {
  const buffer = full("message:one");
  buffer.add(held(20_000, "message:one"));
  for (let sequence = 20_001; sequence <= 21_000; sequence += 1) buffer.add(held(sequence, "message:two"));

  expect(take(buffer).filter((sequence) => sequence >= 20_000)).toHaveLength(1_000);
});

test("what is without its message is fetched when nothing of its lane is before it, and nothing overtakes it", () => {
  const buffer = full("message:one");
  expect(buffer.missing(10_000)).toEqual([]);

  const first = takeAll(buffer);
  expect(first).toEqual(Array.from(first, (_, index) => index + 1));
  const missing = buffer.missing(10_000);
  expect(missing.map(({ seat }) => seat.place.sequence)).toEqual(
    Array.from({ length: 400 }, (_, index) => first.length + 1 + index),
  );
  expect(buffer.missing(3)).toEqual(missing.slice(0, 3));

  for (const kept of missing.slice(1)) buffer.fill(kept, held(kept.seat.place.sequence, "message:one"));
  expect(take(buffer)).toEqual([]);
  for (const kept of missing.slice(0, 1)) buffer.fill(kept, held(first.length + 1, "message:one"));
  expect(take(buffer)).toHaveLength(400);
});

test("of what is new and without its message, too, a lane gets no more at a time than it has places for", () => {
  const buffer = new NatsBuffer(() => true);
  for (let sequence = 1; sequence <= 10_000; sequence += 1) buffer.add(held(sequence, "message:one"));
  takeAll(buffer);

  expect(buffer.missing(10_000)).toHaveLength(400);
});

test("one that is larger than what is fetched at a time is fetched by itself", () => {
  const buffer = new NatsBuffer(() => true);
  for (let sequence = 1; sequence <= 10; sequence += 1) {
    buffer.addAgain({ ...held(sequence, "message:one"), bytes: 5 * 1024 * 1024 });
  }
  expect(take(buffer)).toEqual([1, 2, 3]);

  expect(buffer.missing(10).map(({ seat }) => seat.place.sequence)).toEqual([4]);
});

test("a short lane keeps what a long one has no room for", () => {
  const buffer = full("message:one");
  for (let sequence = 10_001; sequence <= 10_500; sequence += 1) {
    buffer.addAgain(held(sequence, "message:two"));
  }

  expect(takeAll(buffer).filter((sequence) => sequence > 10_000)).toHaveLength(500);
});

test("one that comes once more while it waits here is handed on once", () => {
  const buffer = new NatsBuffer(() => true);
  for (const sequence of [1, 2, 1]) buffer.add(held(sequence, "message:one"));

  expect(take(buffer)).toEqual([1, 2]);
  expect(take(buffer)).toEqual([]);
});

test("one that left while it was fetched is not here again, and takes no room", () => {
  const buffer = full("message:one");
  takeAll(buffer);
  const [kept] = buffer.missing(10_000);
  assert.ok(kept !== undefined);
  buffer.remove(() => true);

  // More of them than all that has room.
  for (let times = 1; times <= 4_000; times += 1)
    buffer.fill(kept, held(kept.seat.place.sequence, "message:one"));

  expect(buffer.all()).toEqual([]);
  for (let sequence = 1; sequence <= 3_000; sequence += 1) buffer.add(held(sequence, "message:two"));
  expect(bytesOf(buffer)).toBe(30_000_000);
});

test("one that came again while it was looked for in vain stays", () => {
  const buffer = full("message:one");
  takeAll(buffer);
  const [kept] = buffer.missing(10_000);
  assert.ok(kept !== undefined);
  buffer.remove(() => true);
  buffer.add(held(kept.seat.place.sequence, "message:one"));

  buffer.fill(kept, undefined);

  expect(buffer.all()).toHaveLength(1);
  expect(take(buffer)).toEqual([kept.seat.place.sequence]);
});

test("nothing overtakes one of its lane whose time has not come, and no other lane waits for it", () => {
  const buffer = new NatsBuffer(() => true);
  buffer.addAgain(held(1, "message:one"), 60_000);
  buffer.addAgain(held(2, "message:one"));
  buffer.add(held(3, "message:one"));
  buffer.addAgain(held(4, "message:two"));

  expect(take(buffer)).toEqual([4]);
  expect(buffer.nextMs()).toBeGreaterThan(59_000);
  expect(buffer.nextMs()).toBeLessThanOrEqual(60_000);
});

test("nothing overtakes one that failed before it", () => {
  const buffer = new NatsBuffer(() => true);
  const failed = (turn: number): Held => ({ ...held(turn, "message:one"), order: { after: 10, turn } });
  buffer.addAgain(failed(2));
  buffer.addAgain(failed(1), 60_000);

  expect(take(buffer)).toEqual([]);
});

test("the lease is renewed of what has waited while others were taken, and of what was sent back", () => {
  const buffer = new NatsBuffer(() => true);
  const renewed: number[] = [];
  const takeOne = (): void =>
    void buffer.take(1, (old) => renewed.push(...old.map(({ place }) => place.sequence)));
  for (const sequence of [1, 2, 3]) buffer.add(held(sequence, `message:${sequence}`));

  takeOne();
  expect(renewed).toEqual([]);
  takeOne();
  expect(renewed).toEqual([2]);
  buffer.addAgain(held(1, "message:1"));
  takeOne();
  expect(renewed).toEqual([2, 1]);
});

test("what was handed on takes no room any more, whether it was fetched once more or not", () => {
  const buffer = full("message:one");
  for (let handedOn = 0; handedOn < 10_000; handedOn += take(buffer).length) {
    for (const kept of buffer.missing(10_000))
      buffer.fill(kept, held(kept.seat.place.sequence, "message:one"));
  }

  for (let sequence = 1; sequence <= 3_000; sequence += 1) buffer.add(held(sequence, "message:two"));
  expect(bytesOf(buffer)).toBe(30_000_000);

  for (let sequence = 3_001; sequence <= 10_000; sequence += 1) buffer.add(held(sequence, "message:two"));
  expect(bytesOf(buffer)).toBeLessThan(33_554_432);
});

test("what stays has a body of its own, and does not keep all that came with it", () => {
  const buffer = new NatsBuffer(() => true);
  const chunk = new Uint8Array(65_536).fill(7);
  const came = (sequence: number): Held => {
    const message = aMessage({ body: chunk.subarray(sequence, sequence + 3) });
    return { ...held(sequence, `message:${sequence}`), message, bytes: 3 };
  };
  const bodies = (some: readonly Seat[]): (Uint8Array | undefined)[] =>
    some.map((seat) =>
      isWhole(seat) && !(seat.message instanceof RangeError) ? seat.message.body : undefined,
    );
  for (const sequence of [1, 2, 3]) buffer.add(came(sequence));

  // What goes on at once is not copied.
  const taken = bodies(buffer.take(1, () => undefined));
  buffer.addAgain(came(4));

  expect(taken.map((body) => body?.buffer)).toEqual([chunk.buffer]);
  expect(bodies(buffer.all())).toEqual([1, 2, 3].map(() => new Uint8Array([7, 7, 7])));
  expect(bodies(buffer.all()).map((body) => body?.buffer.byteLength)).toEqual([3, 3, 3]);
});

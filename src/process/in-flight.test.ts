import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Delivery } from "../queue/driver.ts";
import { aMessage } from "../testing/builders.ts";
import { InFlight } from "./in-flight.ts";

const aDelivery = (receipt: string, bytes = 1): Delivery => ({
  receipt,
  message: aMessage({ body: new Uint8Array(bytes) }),
  attempt: 1,
});
const deliveries = (count: number): Delivery[] =>
  Array.from({ length: count }, (_, index) => aDelivery(`receipt ${index}`));

/** Whether a promise is settled by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await setImmediate();
  return done;
}

test("what is under way can be listed until it is removed", () => {
  const inFlight = new InFlight();
  const [a, b] = [aDelivery("a"), aDelivery("b")];

  inFlight.add(a);
  inFlight.add(b);
  inFlight.remove([a]);

  expect(inFlight.all()).toEqual([b]);
});

test("a delivery that is handed out again while it is under way is not taken twice", () => {
  const inFlight = new InFlight();

  const taken = [aDelivery("a"), aDelivery("a")].map((delivery) => inFlight.add(delivery));

  expect(taken).toEqual([true, false]);
  expect(inFlight.all()).toHaveLength(1);
});

test("a delivery that was handed out again is given back when the first is answered, and only the newest of them", () => {
  const inFlight = new InFlight();
  const [first, second, third] = [aDelivery("a"), aDelivery("a"), aDelivery("a")];
  const other = aDelivery("b");
  for (const delivery of [first, second, third, other]) inFlight.add(delivery);

  const [ofOther, ofFirst] = [inFlight.remove([other]), inFlight.remove([first])];

  expect(ofOther).toEqual([]);
  expect(ofFirst).toHaveLength(1);
  expect(ofFirst[0]).toBe(third);
  expect(inFlight.add(third)).toBe(true);
  expect(inFlight.remove([third])).toEqual([]);
});

test("whoever leaves events to others waits until none of them is under way, at most until the end", async () => {
  const inFlight = new InFlight();
  const [a, b] = [aDelivery("a"), aDelivery("b")];
  for (const delivery of [a, b]) inFlight.add(delivery);
  const [withoutA, withoutB] = [a, b].map((one) =>
    inFlight.without(({ receipt }) => receipt === one.receipt),
  );
  expect(await isDone(Promise.race([withoutA, withoutB]))).toBe(false);

  inFlight.remove([a]);
  expect(await isDone(Promise.resolve(withoutA))).toBe(true);
  expect(await isDone(Promise.resolve(withoutB))).toBe(false);
  inFlight.close();

  await expect(withoutB).resolves.toBeUndefined();
  await expect(inFlight.without(() => true)).resolves.toBeUndefined();
});

test("nobody waits for room after the end", async () => {
  const inFlight = new InFlight();
  for (const delivery of deliveries(4_001)) inFlight.add(delivery);
  const room = inFlight.room();
  expect(await isDone(room)).toBe(false);

  inFlight.close();

  await expect(room).resolves.toBeUndefined();
  await expect(inFlight.room()).resolves.toBeUndefined();
});

test("there is room at the beginning, and none once many are under way", async () => {
  const inFlight = new InFlight();
  const many = deliveries(4_001);
  expect(await isDone(inFlight.room())).toBe(true);
  for (const delivery of many) inFlight.add(delivery);
  const room = inFlight.room();
  expect(await isDone(room)).toBe(false);

  inFlight.remove(many.slice(0, 1));

  await expect(room).resolves.toBeUndefined();
});

test("a few large ones leave no room either", async () => {
  const inFlight = new InFlight();
  const [large, small] = [aDelivery("large", 32 * 1024 * 1024), aDelivery("small")];
  inFlight.add(large);
  inFlight.add(small);
  const room = inFlight.room();
  expect(await isDone(room)).toBe(false);

  inFlight.remove([large]);

  await expect(room).resolves.toBeUndefined();
});

import { expect, test } from "vitest";
import { Fifo } from "./fifo.ts";

test("what comes in first goes out first, also with thousands taken while others come in", () => {
  const fifo = new Fifo<number>();
  const taken: (number | undefined)[] = [];

  for (let item = 0; item < 10_000; item += 1) {
    fifo.add(item);
    if (item % 3 > 0) taken.push(fifo.take());
  }
  while (taken.length < 10_000) taken.push(fifo.take());

  expect(taken).toEqual(Array.from({ length: 10_000 }, (_, item) => item));
  expect(fifo.take()).toBeUndefined();
});

import { expect, test } from "vitest";
import { below, seededRandom } from "../lib/random.ts";
import { TimerHeap } from "./timer-heap.ts";

test("timers come in the order in which they are due, and those of one time in the order of adding", () => {
  const random = seededRandom(1);
  const heap = new TimerHeap();
  const seen: number[] = [];
  const added = Array.from({ length: 500 }, (_, place) => {
    const at = below(random, 50);
    return { at, place, cancel: heap.add(at, () => seen.push(place)) };
  });
  const [off, live] = [
    added.filter(({ place }) => place % 3 === 0),
    added.filter(({ place }) => place % 3 > 0),
  ];

  for (const { cancel } of off) cancel();
  for (let timer = heap.take(); timer !== undefined; timer = heap.take()) timer.run();

  const expected = live.toSorted((one, other) => one.at - other.at || one.place - other.place);
  expect(seen).toEqual(expected.map(({ place }) => place));
});

import { expect, test } from "vitest";
import { NatsProgress } from "./progress.ts";

const shard = { index: 0, consumer: "0-one-0", incarnation: "one", takeovers: [], generation: 0 };

/** Of a consumer that is asked. */
function asked(): NatsProgress {
  const progress = new NatsProgress();
  progress.asks(shard);
  return progress;
}

test("a consumer is past all that it has handed out for the first time, in whichever order that came", () => {
  const progress = asked();
  for (const sequence of [5, 3]) progress.saw(shard, sequence);

  expect([5, 6].map((sequence) => progress.isPast(shard, sequence))).toEqual([true, false]);
});

test("one that had nothing more once is past everything, and so is one that nobody asks any more", () => {
  const progress = asked();
  progress.emptied(shard);

  expect(progress.isPast(shard, 1_000)).toBe(true);
  expect(asked().isPast({ ...shard, consumer: "0-one-1" }, 1_000)).toBe(true);
});

test("what is asked again has come as far as it had, and another consumer begins anew", () => {
  const progress = asked();
  progress.saw(shard, 5);

  progress.asks(shard);
  expect(progress.isPast(shard, 5)).toBe(true);

  const next = { ...shard, consumer: "0-one-1" };
  progress.asks(next);
  expect([progress.isPast(next, 5), progress.handedOut(shard)]).toEqual([false, 0]);
});

test("what was handed out is what came to us and to all owners before us", () => {
  const progress = asked();
  expect(progress.handedOut({ ...shard, takeovers: [4, 9] })).toBe(9);

  for (const sequence of [5, 3]) progress.saw(shard, sequence);
  expect([[], [4]].map((takeovers) => progress.handedOut({ ...shard, takeovers }))).toEqual([5, 5]);
});

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
  expect([progress.isPast(next, 5), progress.next(shard)]).toEqual([false, undefined]);
});

test("what failed comes behind all that was handed out, and behind all that failed before", () => {
  const progress = asked();
  progress.saw(shard, 5);

  expect(progress.next(shard)).toEqual({ after: 5, turn: 1 });
  expect(progress.next(shard)).toEqual({ after: 5, turn: 2 });
  progress.saw(shard, 7);
  expect(progress.next(shard)).toEqual({ after: 7, turn: 3 });
});

test("what failed comes behind all orders that others gave", () => {
  const progress = asked();
  progress.saw(shard, 5);
  progress.found(shard, { after: 9, turn: 0 });
  progress.found(shard, { after: 2, turn: 4 });

  expect(progress.next(shard)).toEqual({ after: 9, turn: 5 });
});

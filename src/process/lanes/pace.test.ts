import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

/** A pace under a clock that is moved by hand. */
function startPace(): {
  readonly pace: Pace;
  readonly one: (ms: number) => void;
  readonly pass: (ms: number) => void;
} {
  let time = 0;
  const pass = (ms: number): void => {
    time += ms;
  };
  const pace = new Pace(() => time);
  pace.begin();
  const one = (ms: number): void => {
    pass(ms);
    pace.over(true);
  };
  return { pace, one, pass };
}

test("is what one takes of those that are over and of the one that is under way", () => {
  const { pace, one, pass } = startPace();
  for (let count = 0; count < 9; count += 1) one(100);

  pass(100);

  expect(pace.eachMs).toBe(100);
});

test("gets ever slower while one is under way, and is soon as fast as the newest when it is over", () => {
  const { pace, one, pass } = startPace();
  for (let count = 0; count < 9; count += 1) one(10);
  pass(60_000);
  expect(pace.eachMs).toBeGreaterThan(6_000);
  one(0);

  for (let count = 0; count < 200; count += 1) one(10);

  expect(pace.eachMs).toBeLessThan(30);
  expect(pace.eachMs).toBeGreaterThan(9);
});

test("the fastest counts, and a slow one hardly, until many were slow", () => {
  const { pace, one } = startPace();
  one(5);
  one(500);
  expect(pace.fastestMs).toBe(6);

  for (let count = 0; count < 30; count += 1) one(500);

  expect(pace.fastestMs).toBe(500);
});

test("nothing runs when the last one is over, or was stopped", () => {
  const { pace, pass } = startPace();
  pass(10);
  expect(pace.runningMs).toBe(10);

  pace.over(false);
  pass(10);
  expect(pace.runningMs).toBe(0);

  pace.begin();
  pass(10);
  pace.stop();
  expect(pace.runningMs).toBe(0);
});

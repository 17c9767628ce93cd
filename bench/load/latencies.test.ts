import { expect, test } from "vitest";
import { Latencies } from "./latencies.ts";

test.each([0.5, 0.9, 0.99, 0.999])(
  "the quantile %d is known to one in a hundred, from µs to minutes",
  (share) => {
    const times = Array.from({ length: 5_000 }, (_, index) => 0.001 * 1.0035 ** index);
    const latencies = new Latencies();

    for (const ms of times) latencies.record(ms);

    const exact = times[Math.ceil(times.length * share) - 1] ?? 0;
    expect(latencies.quantile(share)).toBeGreaterThanOrEqual(exact * 0.999);
    expect(latencies.quantile(share)).toBeLessThanOrEqual(exact * 1.01);
  },
);

test("counts of several processes add up", () => {
  const [fast, slow] = [new Latencies(), new Latencies()];
  for (let count = 0; count < 90; count += 1) fast.record(1);
  for (let count = 0; count < 10; count += 1) slow.record(100);

  const all = new Latencies(fast.counts);
  all.add(slow.counts);

  expect(all.size).toBe(100);
  expect(all.quantile(0.9)).toBeCloseTo(1, 1);
  expect(all.quantile(0.91)).toBeGreaterThanOrEqual(100);
});

test("without any time there is no quantile", () => {
  expect(new Latencies().quantile(0.5)).toBeNaN();
});

import { expect, test } from "vitest";
import type { Axis } from "./chart.ts";
import { scaleOf } from "./scale.ts";
import { svgOf } from "./svg.ts";

const axis = (scale: Axis["scale"]): Axis => ({ label: "", scale });

test.each([
  ["linear", [0, 4_321], "0 1k 2k 3k 4k 5k"],
  ["linear", [0], "0 0.2 0.4 0.6 0.8 1"],
  ["log", [0.4, 23], "0.1 0.2 0.5 1 2 5 10 20 50"],
  ["share", [0.5, 0.999], "50 90 99 99.9"],
] as const)("a %s axis of %j has the marks %s", (scale, values, marks) => {
  const { at, ticks } = scaleOf(axis(scale), values);

  expect(ticks.map(({ text }) => text).join(" ")).toBe(marks);
  for (const value of [...values, ...ticks.map((tick) => tick.value)]) {
    expect(at(value)).toBeGreaterThanOrEqual(-1e-9);
    expect(at(value)).toBeLessThanOrEqual(1 + 1e-9);
  }
});

test("each nine of a percentile is one step", () => {
  const { at } = scaleOf(axis("share"), [0.999]);

  expect(at(0.99) - at(0.9)).toBeCloseTo(at(0.999) - at(0.99));
});

test("higher values stand higher in the picture, and text is text", () => {
  const svg = svgOf({
    name: "depth",
    title: "Sent & settled <all>",
    x: { label: "s", scale: "linear" },
    y: { label: "events", scale: "linear" },
    lines: [
      {
        name: "one",
        points: [
          [0, 0],
          [10, 100],
        ],
      },
    ],
  });

  const [, low, high] = /d="M[\d.]+ ([\d.]+)L[\d.]+ ([\d.]+)"/.exec(svg) ?? [];
  expect(Number(low)).toBeGreaterThan(Number(high));
  expect(svg).toContain("Sent &amp; settled &lt;all>");
  expect(svg).not.toContain("NaN");
});

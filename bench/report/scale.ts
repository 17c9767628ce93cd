import type { Axis } from "./chart.ts";

/** Where values stand on an axis, and which of them are written beside it. */
export interface Scale {
  /** From 0 at the beginning of the axis to 1 at its end. */
  readonly at: (value: number) => number;
  readonly ticks: readonly Tick[];
}

export interface Tick {
  readonly value: number;
  readonly text: string;
}

/** A scale that holds all these values. */
export function scaleOf(axis: Axis, values: readonly number[]): Scale {
  switch (axis.scale) {
    case "linear":
      return linear(Math.max(...values, 0));
    case "log":
      return logarithmic(values.filter((value) => value > 0));
    case "share":
      return shares(Math.max(...values, 0.9));
  }
}

/** From 0 to a round number that is not below the highest. */
function linear(highest: number): Scale {
  const step = roundStep((highest || 1) / 5);
  const count = Math.ceil((highest || 1) / step - 1e-9);
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step);
  return {
    at: (value) => value / (count * step),
    ticks: ticks.map((value) => ({ value, text: short(value) })),
  };
}

/** 1, 2 or 5 times a power of ten, not below the value. */
function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((factor) => factor * power >= value) ?? 10);
}

/** From a power of ten to a round number. */
function logarithmic(values: readonly number[]): Scale {
  const lowest = Math.floor(Math.log10(Math.min(...values, 1e9)));
  const highest = Math.log10(roundStep(Math.max(...values, 1e-9)));
  const span = Math.max(highest - lowest, 1);
  const ticks: number[] = [];
  for (let power = lowest; power <= highest; power += 1) {
    ticks.push(...[1, 2, 5].map((factor) => factor * 10 ** power));
  }
  return {
    at: (value) => (Math.log10(value) - lowest) / span,
    ticks: ticks
      .filter((value) => Math.log10(value) <= lowest + span + 1e-9)
      .map((value) => ({ value, text: short(value) })),
  };
}

/** Percentiles: each further nine is one step. */
function shares(highest: number): Scale {
  const nines = (share: number): number => -Math.log10(1 - share);
  const [from, to] = [nines(0.5), nines(highest)];
  return {
    at: (share) => (nines(share) - from) / (to - from),
    ticks: [0.5, 0.9, 0.99, 0.999, 0.9999]
      .filter((share) => share <= highest + 1e-9)
      .map((value) => ({ value, text: `${Number((value * 100).toFixed(2))}` })),
  };
}

/** 1500 → 1.5k, 5000000 → 5M */
function short(value: number): string {
  if (value >= 1e6) return `${round(value / 1e6)}M`;
  return value >= 1e3 ? `${round(value / 1e3)}k` : String(round(value));
}

const round = (value: number): number => Number(value.toPrecision(6));

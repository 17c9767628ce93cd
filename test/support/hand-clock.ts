import { afterAll, beforeAll, vi } from "vitest";
import type { PlayClock } from "../../src/testing/play.ts";

/** For the tests of a `describe`: `Date.now` stands still, and goes when the clock that is given back is told to. */
export function useHandClock(): PlayClock {
  beforeAll(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1), toFake: ["Date"] });
  });
  afterAll(() => {
    vi.useRealTimers();
  });
  return {
    now: () => Date.now(),
    pass: async (ms) => void vi.setSystemTime(Date.now() + ms),
    toleranceMs: 0,
  };
}

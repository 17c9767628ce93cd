import { afterAll, beforeAll, vi } from "vitest";
import type { PlayClock } from "../../src/testing/play.ts";

/**
 * For the tests of a `describe`: `Date.now` and `performance.now` stand still, and move only when the returned clock
 * does.
 */
export function useHandClock(): PlayClock {
  beforeAll(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1), toFake: ["Date", "performance"] });
  });
  afterAll(() => {
    vi.useRealTimers();
  });
  return {
    now: () => Date.now(),
    pass: async (ms) => void vi.advanceTimersByTime(ms),
    toleranceMs: 0,
  };
}

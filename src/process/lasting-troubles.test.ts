import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { recordedLog } from "../testing/recorded-log.ts";
import { LastingTroubles } from "./lasting-troubles.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("what lasts is told at once, then once a minute, and once when it is over", () => {
  const { log, facts } = recordedLog();
  const troubles = new LastingTroubles(log);
  troubles.over();

  for (let second = 0; second < 65; second += 1) {
    troubles.met("warn", "queue.extend_failed", { error: "away" });
    vi.advanceTimersByTime(1_000);
  }
  for (let second = 0; second < 65; second += 1) {
    troubles.over();
    vi.advanceTimersByTime(1_000);
  }

  expect(facts()).toEqual(["queue.extend_failed", "queue.extend_failed", "queue.extend_failed.recovered"]);
});

test("each of several has its own beginning and its own end", () => {
  const { log, lines } = recordedLog();
  const troubles = new LastingTroubles(log);

  troubles.met("warn", "queue.share_failed", { error: "one" });
  troubles.met("error", "process.not_alone", { error: "two" });
  troubles.over();

  expect(lines).toMatchObject([
    { level: "warn", fact: "queue.share_failed", fields: { error: "one" } },
    { level: "error", fact: "process.not_alone" },
    { level: "info", fact: "queue.share_failed.recovered" },
    { level: "info", fact: "process.not_alone.recovered" },
  ]);
});

test("what comes and goes many times a minute is told once, and its end once", () => {
  const { log, facts } = recordedLog();
  const troubles = new LastingTroubles(log);

  for (let second = 0; second < 20; second += 1) {
    troubles.met("warn", "queue.extend_failed", { error: "away" });
    vi.advanceTimersByTime(500);
    troubles.over();
    vi.advanceTimersByTime(500);
  }

  expect(facts()).toEqual(["queue.extend_failed", "queue.extend_failed.recovered"]);
});
